"""Exports, and who asked for and took them."""

from apps.queries.models.exports import (
    FINISHED_STATUSES,
    DataExport,
    ExportAction,
    ExportEvent,
    ExportFormat,
    ExportStatus,
)

__all__ = ["FINISHED_STATUSES", "DataExport", "ExportAction", "ExportEvent", "ExportFormat", "ExportStatus"]
