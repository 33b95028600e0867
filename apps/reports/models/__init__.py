"""Runs and schedules of reports."""

from apps.reports.models.choices import Audience, Format, ReportType
from apps.reports.models.runs import (
    FINISHED_STATUSES,
    AnalyticsReport,
    ReportDownload,
    ReportFile,
    ReportLink,
    ReportStatus,
)
from apps.reports.models.schedules import Frequency, ReportSchedule

__all__ = [
    "FINISHED_STATUSES",
    "AnalyticsReport",
    "Audience",
    "Format",
    "Frequency",
    "ReportDownload",
    "ReportFile",
    "ReportLink",
    "ReportSchedule",
    "ReportStatus",
    "ReportType",
]
