"""What goes out once a run of a schedule has ended."""

from apps.reports.models import AnalyticsReport


def deliver(report: AnalyticsReport) -> None:
    """Have a run's files sent to its schedule's recipients, inside the transaction that ends the run."""
