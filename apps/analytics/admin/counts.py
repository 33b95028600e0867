"""How often computed answers spared a computation, in the admin."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from apps.accounts.administration import TenantRecordAdmin
from apps.accounts.administration.figures import percent, whole
from apps.accounts.administration.filters import RECENT
from apps.analytics.models import AnswerCount


class EndpointFilter(DropdownFilter):
    """One of the endpoints that answered in the last 90 days."""

    title = _("endpoint")
    parameter_name = "endpoint"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return them by name."""
        recent = AnswerCount.objects.filter(date__gte=timezone.now().date() - RECENT)
        return [(name, name) for name in recent.order_by("endpoint").values_list("endpoint", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Keep the days of the chosen one; what is none of them filters nothing."""
        known = {name for name, _label in self.lookup_choices}
        return queryset.filter(endpoint=self.value()) if self.value() in known else queryset


@admin.register(AnswerCount)
class AnswerCountAdmin(TenantRecordAdmin):
    """How answers came about, day by day in UTC; what was counted in the last seconds is not written down yet."""

    list_display = ("date", "endpoint", "shown_hits", "shown_misses", "shown_fallbacks", "shown_hit_rate")
    list_filter = (EndpointFilter,)
    ordering = ("-date", "endpoint")
    sortable_fields: ClassVar[tuple[str, ...]] = ("date",)
    empty_text = _("They are counted when the API is asked for figures.")
    fieldsets = (
        (None, {"fields": (("date", "endpoint"),)}),
        (_("Answers"), {"fields": (("shown_hits", "shown_misses"), ("shown_fallbacks", "shown_hit_rate"))}),
    )
    readonly_fields = ("shown_hits", "shown_misses", "shown_fallbacks", "shown_hit_rate")

    @display(description=_("From the cache"))
    def shown_hits(self, row: AnswerCount) -> str:
        """Return how many, grouped."""
        return whole(row.hits)

    @display(description=_("Computed"))
    def shown_misses(self, row: AnswerCount) -> str:
        """Return how many, grouped."""
        return whole(row.misses)

    @display(description=_("Last good"))
    def shown_fallbacks(self, row: AnswerCount) -> str:
        """Return how many, grouped."""
        return whole(row.fallbacks)

    @display(description=_("Hit rate"))
    def shown_hit_rate(self, row: AnswerCount) -> str:
        """Return the share of answers from the cache."""
        return percent(row.hit_rate)
