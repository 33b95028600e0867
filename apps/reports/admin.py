"""Reports in the admin."""

from apps.reports.schedules.administration import ReportScheduleAdmin

__all__ = ["ReportScheduleAdmin"]
