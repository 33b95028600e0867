"""What the end of a run means for its schedule: five failures in a row pause it."""

from django.utils.translation import gettext as _

from apps.reports.models import AnalyticsReport, ReportSchedule, ReportStatus
from apps.reports.schedules.changing import pause_for
from apps.reports.schedules.permission import refusal_of

STRIKES = 5


def note_outcome(report: AnalyticsReport, schedule: ReportSchedule) -> None:
    """Count how a run ended, inside the transaction that ends it.

    A run failed for good when it does not come back: its retries are behind it. Success, or finding nothing to report,
    begins the count anew. A run that was refused because its schedule may not run any more pauses that.
    """
    if report.status in {ReportStatus.SUCCEEDED, ReportStatus.SKIPPED}:
        ReportSchedule.objects.filter(pk=schedule.pk, failures__gt=0).update(failures=0)
        return
    locked = ReportSchedule.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "organization", "created_by"
    )
    current: ReportSchedule = locked.get(pk=schedule.pk)
    if report.status == ReportStatus.CANCELLED:
        refusal = refusal_of(current.organization, current.created_by)
        if refusal and current.is_active:
            pause_for(current, refusal, source=report.pk)
    elif report.status == ReportStatus.FAILED:
        current.failures += 1
        current.save(update_fields=["failures"])
        if current.failures >= STRIKES and current.is_active:
            told = _("%(count)d runs failed one after the other. The last one: %(error)s")
            pause_for(current, told % {"count": current.failures, "error": report.error}, source=report.pk)
