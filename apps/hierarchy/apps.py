"""The hierarchy app."""

from django.apps import AppConfig


class HierarchyConfig(AppConfig):
    """The tree of accounts: groups, companies and locations."""

    name = "apps.hierarchy"
    verbose_name = "Accounts tree"
