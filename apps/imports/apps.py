"""The imports app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """Files become facts: staging, validation in sets, preview, commit."""

    name = "apps.imports"
    verbose_name = _("Imports")
