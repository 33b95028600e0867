"""The app."""

from django.apps import AppConfig


class QueriesConfig(AppConfig):
    """Exports of facts, rollups and metrics."""

    name = "apps.queries"
