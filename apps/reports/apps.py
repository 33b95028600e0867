"""The app."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """What people receive: report types, their runs, their schedules."""

    name = "apps.reports"
