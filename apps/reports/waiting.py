"""A run waits for its days, a while: until its period is over, and until what changed on its days is counted.

It holds no worker meanwhile: it stays queued, says what it waits for, and is tried again by the sweeper.
"""

import datetime
import logging
from collections.abc import Sequence
from itertools import islice

from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import Organization
from apps.accounts.notation import Notation, notation_of
from apps.analytics.services import hand_over_refresh, refresh_organization
from apps.analytics.upkeep import Waiting, WaitingDay, read_waiting_of
from apps.core.jobs import note_waiting
from apps.core.models import JobRun, JobTrigger
from apps.core.periods import Comparison, Period, compared_period
from apps.reports.models import AnalyticsReport, ReportStatus

logger = logging.getLogger(__name__)

MOST_WAITED = datetime.timedelta(minutes=15)  # of a schedule's slot, since it was due
MOST_WAITED_BY_HAND = datetime.timedelta(minutes=1)  # of what a person asked for
TRIED_EVERY = datetime.timedelta(seconds=20)  # at most: the sweeper comes each minute
_MOST_SPANS = 4
_ONE_DAY = datetime.timedelta(days=1)


def waiting_of(report: AnalyticsReport) -> Waiting:
    """Return which days of a run's period, and of the one it is compared with, wait to be counted; one statement.

    For a report of what was said at an instant nothing waits: what is counted now is not in it.
    """
    if report.as_said is not None:
        return Waiting(days=(), everything=False, customers=False, since=None)
    period = Period(report.start_date, report.end_date)
    compare = Comparison(report.parameters.get("compare", Comparison.PREVIOUS_PERIOD))
    return read_waiting_of(
        report.organization_id, [period, compared_period(period, compare)], due_at=report.due_at or report.created_at
    )


def waits_until(report: AnalyticsReport) -> datetime.datetime:
    """Return the aware instant at which a run is made whatever waits."""
    most = MOST_WAITED_BY_HAND if report.slot is None else MOST_WAITED
    return (report.due_at or report.created_at) + most


def put_back(report: AnalyticsReport, job: JobRun, *, now: datetime.datetime) -> bool:
    """Leave a queued run for a little later while its days are being counted; False where it is to be made now.

    The first time it has the days counted at once. Inside the context of its organization.
    """
    until = waits_until(report)
    if now >= until:
        return False
    try:
        waiting = waiting_of(report)
    except DatabaseError:
        # The run itself will meet the same fault, and knows how often it may.
        logger.warning("What report %s waits for could not be read.", report.pk, exc_info=True)
        return False
    if not waiting:
        return False
    reason = waits_for(waiting, notation_of(report.organization))
    queued = AnalyticsReport.objects.filter(pk=report.pk, status=ReportStatus.QUEUED)
    if queued.update(retry_at=min(now + TRIED_EVERY, until), waits_for=reason):
        note_waiting(job.pk, reason=reason)
        if reason != report.waits_for:
            hand_over_refresh(organization_id=report.organization_id, trigger=JobTrigger.SCHEDULE)
    return True


def count_days(report: AnalyticsReport) -> None:
    """Count here what a run waits for, where there is no worker to do it. Inside the context of its organization.

    What cannot be counted is left marked, and the document says so.
    """
    try:
        if waiting_of(report):
            refresh_organization(report.organization_id, wait=True, trigger=JobTrigger.SCHEDULE)
    except DatabaseError:
        logger.exception("The days of report %s could not be counted.", report.pk)


def end_awaited(organization: Organization, period: Period) -> str:
    """Return in words that a run waits until the last day of its period is over."""
    day = notation_of(organization).day(period.last)
    return _("Waits until %(day)s is over in %(zone)s") % {"day": day, "zone": organization.timezone}


def waits_for(waiting: Waiting, notation: Notation) -> str:
    """Return in words what has to be counted first."""
    if waiting.everything:
        return _("Waits for every day to be counted")
    if not waiting.days:
        return _("Waits for the customers to be counted")
    return _("Waits for %(days)s to be counted") % {"days": _days_named(waiting.days, notation)}


def notice_of(waiting: Waiting, notation: Notation, timezone: str = "") -> str:
    """Return what figures lack: which days, how many changed facts, since when by the clock of which zone.

    The empty text where nothing waits; the zone is the organization's unless another is named.
    """
    sentences = []
    since = notation.zoned_instant(waiting.since, timezone) if waiting.since else ""
    if waiting.everything:
        sentences.append(_("Every day waits to be counted again, since %(since)s.") % {"since": since})
    if waiting.days:
        facts = sum(day.facts for day in waiting.days)
        oldest = min(day.since for day in waiting.days)
        told = {
            "facts": notation.number(facts),
            "days": _days_named(waiting.days, notation),
            "since": notation.zoned_instant(oldest, timezone),
        }
        if facts:
            text = ngettext(
                "%(facts)s changed fact of %(days)s is not counted yet; it waits since %(since)s.",
                "%(facts)s changed facts of %(days)s are not counted yet; they wait since %(since)s.",
                facts,
            )
        else:
            text = _("Of %(days)s not everything is counted yet; that waits since %(since)s.")
        sentences.append(text % told)
    if waiting.customers:
        sentences.append(_("All customers wait to be counted again, since %(since)s.") % {"since": since})
    return " ".join(sentences)


def _days_named(days: Sequence[WaitingDay], notation: Notation) -> str:
    """Return days as spans without gaps, the oldest first; of very many the first few, and how many more there are."""
    spans: list[list[datetime.date]] = []
    for day in sorted(one.date for one in days):
        if spans and day == spans[-1][1] + _ONE_DAY:
            spans[-1][1] = day
        else:
            spans.append([day, day])
    named = [notation.days(first, last) for first, last in islice(spans, _MOST_SPANS)]
    more = sum((last - first).days + 1 for first, last in spans[_MOST_SPANS:])
    if more:
        text = ngettext("%(count)s more day", "%(count)s more days", more)
        named.append(text % {"count": notation.number(more)})
    if len(named) == 1:
        return named[0]
    return _("%(some)s and %(last)s") % {"some": ", ".join(named[:-1]), "last": named[-1]}
