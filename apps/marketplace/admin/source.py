"""Where a fact came from, at the foot of its page."""

from django.utils.translation import gettext_lazy as _

SOURCE = (_("Source"), {"fields": ("external_id", "id", "created_at", "updated_at"), "classes": ("collapse",)})
SOURCE_FIELDS = ("id", "created_at", "updated_at")
