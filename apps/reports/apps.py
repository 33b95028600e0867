"""The app."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """What people receive: report types, their runs, their schedules."""

    name = "apps.reports"

    def ready(self) -> None:
        """Let Celery know the tasks of schedules, which have a package of their own."""
        from apps.reports.schedules import tasks  # noqa: F401
