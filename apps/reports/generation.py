"""Making a report's files; a stand-in until the branch of runs is merged."""

import uuid

from apps.reports.models import AnalyticsReport


def generate(report_id: uuid.UUID) -> AnalyticsReport | None:
    """Generate a queued run."""
    return None
