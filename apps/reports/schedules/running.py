"""Claim what is due and have it made: by beat each minute, by cron, or by hand.

Claim before work: the run of a slot and the schedule's next slot are committed together, before anybody makes the
report. Whoever comes second finds the next slot moved, and behind that the run, which is unique for the slot.
"""

import datetime
import functools
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfoNotFoundError

from django.conf import settings
from django.db import DatabaseError, IntegrityError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import Access
from apps.accounts.models import User
from apps.core.context import across_all_organizations, organization_context
from apps.core.database import in_transaction
from apps.core.models import JobTrigger
from apps.core.periods import InvalidPeriod, Period
from apps.reports.errors import AlreadyClaimed, ReportRefused
from apps.reports.models import FINISHED_STATUSES, AnalyticsReport, Frequency, ReportSchedule, ReportStatus
from apps.reports.schedules.changing import pause_for
from apps.reports.schedules.outcomes import note_outcome
from apps.reports.schedules.permission import refusal_of
from apps.reports.schedules.readers import audiences_needed
from apps.reports.schedules.timing import due_at, following, period_at, period_now, recurrence_of
from apps.reports.selectors import audiences_to_write
from apps.reports.services import request_report, title_of
from apps.reports.slots import latest_slots, longest_interval

logger = logging.getLogger(__name__)

MOST_MISSED = 100  # rows a schedule gets for slots that nobody was there for, however many there were
_MOST_AT_ONCE = 1000
_JUST_AFTER = datetime.timedelta.resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What was claimed of one schedule: the run of its latest slot, or None, and how many older slots were missed."""

    schedule_id: uuid.UUID
    report: AnalyticsReport | None
    missed: int


def run_due_schedules(*, now: datetime.datetime, organization_ids: Sequence[uuid.UUID] | None = None) -> list[Claimed]:
    """Claim every slot that is due at an aware instant, of these organizations or of all; return what was claimed.

    Any number of callers may do so at once. Of slots that passed unclaimed the latest is made up for while it is not
    older than the catch-up window; the others are written down as missed.
    """
    claimed = []
    for schedule_id, organization_id in _due(now, organization_ids):
        with organization_context(organization_id):
            try:
                found = _claim(schedule_id, now)
            except DatabaseError:
                # One schedule that cannot be claimed keeps no other from running; the next minute tries again.
                logger.exception("Schedule %s could not be claimed.", schedule_id)
                continue
        if found:
            claimed.append(found)
    return claimed


def run_now(schedule: ReportSchedule, *, by: User, trigger: str) -> AnalyticsReport:
    """Have the report made now, over the period as of now, and sent to all recipients.

    Asked again while that run has not ended and the schedule is what it was, it is the same run: a button that is
    clicked twice mails nobody twice.

    Raises:
        ReportRefused: it cannot be had as the schedule asks for it.

    """
    now = timezone.now()
    with in_transaction(), organization_context(schedule.organization_id):
        asked_already = _open_run_by_hand(schedule)
        if asked_already is not None:
            return asked_already
        report = _request(
            schedule,
            over=functools.partial(period_now, schedule, now),
            trigger=trigger,
            created_by=by,
            audiences=audiences_needed(schedule),
        )
        ReportSchedule.objects.filter(pk=schedule.pk).update(last_run_at=now)
    return report


def preview(schedule: ReportSchedule, *, by: Access, trigger: str) -> AnalyticsReport:
    """Have the report made now and sent to the member who asks, as what they may see; no recipient gets it.

    Raises:
        ReportRefused: it cannot be had as the schedule asks for it.

    """
    with organization_context(schedule.organization_id):
        return _request(
            schedule,
            over=functools.partial(period_now, schedule, timezone.now()),
            trigger=trigger,
            created_by=by.user,
            audiences=audiences_to_write(schedule.report_type, by),
            is_preview=True,
        )


def catch_up_window(frequency: Frequency) -> datetime.timedelta:
    """Return how old a slot may be to be made up for: never older than it takes until the next."""
    return min(datetime.timedelta(hours=settings.REPORT_CATCH_UP_HOURS), longest_interval(frequency))


def _open_run_by_hand(schedule: ReportSchedule) -> AnalyticsReport | None:
    locked = ReportSchedule.objects.select_for_update(no_key=True, of=("self",)).get(pk=schedule.pk)
    runs = AnalyticsReport.objects.filter(schedule=locked, slot=None, is_preview=False).exclude(
        status__in=FINISHED_STATUSES
    )
    found: AnalyticsReport | None = runs.filter(created_at__gte=locked.updated_at).first()
    return found


def _due(now: datetime.datetime, organization_ids: Sequence[uuid.UUID] | None) -> list[tuple[uuid.UUID, uuid.UUID]]:
    # A slot further away than the next can be was reckoned by a clock that ran ahead; one that is missing by nobody.
    astray = Q(next_run_at__isnull=True)
    for frequency in Frequency:
        astray |= Q(frequency=frequency, next_run_at__gt=now + 2 * longest_interval(frequency))
    with across_all_organizations(reason="find what is due in every organization"):
        due = ReportSchedule.objects.filter(Q(next_run_at__lte=now) | astray, is_active=True)
        if organization_ids is not None:
            due = due.filter(organization_id__in=organization_ids)
        return list(due.order_by("next_run_at", "pk").values_list("pk", "organization_id")[:_MOST_AT_ONCE])


def _claim(schedule_id: uuid.UUID, now: datetime.datetime) -> Claimed | None:
    with in_transaction():
        # Who finds the row locked leaves it to the one who has it.
        unclaimed = ReportSchedule.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        schedule = unclaimed.filter(pk=schedule_id, is_active=True).select_related("organization", "created_by").first()
        if schedule is None:
            return None
        try:
            next_run_at = following(schedule, now)
            since = schedule.next_run_at or next_run_at
            slots = latest_slots(recurrence_of(schedule), since, now + _JUST_AFTER, MOST_MISSED + 1)
        except (ZoneInfoNotFoundError, ValueError) as error:
            logger.warning("Schedule %s has no slots: %s", schedule_id, error)
            pause_for(schedule, _("When it is due cannot be worked out: is its time zone known here?"))
            return None
        if schedule.next_run_at != next_run_at:
            schedule.next_run_at = next_run_at
            schedule.save(update_fields=["next_run_at"])
        if not slots:
            return None
        latest = slots[-1]
        is_missed = now - latest > catch_up_window(Frequency(schedule.frequency))
        missed = slots[-MOST_MISSED:] if is_missed else slots[:-1]
        _note_missed(schedule, missed, now)
        report = None if is_missed else _run_slot(schedule, latest, now)
    return Claimed(schedule_id=schedule_id, report=report, missed=len(missed))


def _run_slot(schedule: ReportSchedule, slot: datetime.datetime, now: datetime.datetime) -> AnalyticsReport | None:
    """Ask for the report of a slot; None where it was asked for before."""
    refusal = refusal_of(schedule.organization, schedule.created_by)
    if refusal:
        cancelled = _note(schedule, slot, ReportStatus.CANCELLED, refusal, now)
        pause_for(schedule, refusal, source=cancelled.pk if cancelled else None)
        return cancelled
    ReportSchedule.objects.filter(pk=schedule.pk).update(last_run_at=now)
    try:
        with in_transaction():
            return _request(
                schedule,
                over=functools.partial(period_at, schedule, slot),
                trigger=JobTrigger.SCHEDULE,
                created_by=schedule.created_by,
                audiences=audiences_needed(schedule),
                slot=slot,
            )
    except AlreadyClaimed:
        return None
    except ReportRefused as refused:
        return _failed(schedule, slot, refused.message, now)
    except DatabaseError:
        raise
    except Exception:
        # What nobody foresaw would otherwise come back each minute, unseen.
        logger.exception("The report of schedule %s could not be asked for.", schedule.pk)
        return _failed(schedule, slot, _("The report could not be asked for. The log has the details."), now)


def _request(
    schedule: ReportSchedule,
    *,
    over: Callable[[], Period],
    trigger: str,
    created_by: User | None,
    audiences: Sequence[str],
    slot: datetime.datetime | None = None,
    is_preview: bool = False,
) -> AnalyticsReport:
    try:
        period = over()
        due = None if slot is None else due_at(schedule, slot)
    except InvalidPeriod as error:
        raise ReportRefused(error.field, error.message) from error
    return request_report(
        organization=schedule.organization,
        report_type=schedule.report_type,
        period=period,
        parameters={
            "compare": schedule.compare,
            "refund_basis": schedule.refund_basis,
            "filters": schedule.filters,
        },
        formats=schedule.formats,
        audiences=audiences,
        trigger=trigger,
        created_by=created_by,
        schedule=schedule,
        slot=slot,
        due_at=due,
        is_preview=is_preview,
    )


def _failed(
    schedule: ReportSchedule, slot: datetime.datetime, error: str, now: datetime.datetime
) -> AnalyticsReport | None:
    report = _note(schedule, slot, ReportStatus.FAILED, error, now)
    if report is not None:
        note_outcome(report, schedule)
    return report


def _note(
    schedule: ReportSchedule, slot: datetime.datetime, status: str, error: str, now: datetime.datetime
) -> AnalyticsReport | None:
    """Write down a slot that no report came of; None where there is a run of it already."""
    report = _ended(schedule, slot, status, error, now)
    try:
        with in_transaction():
            report.save(force_insert=True)
    except IntegrityError:
        return None
    return report


def _note_missed(schedule: ReportSchedule, slots: Sequence[datetime.datetime], now: datetime.datetime) -> None:
    told = _("Nobody was there to make it when it was due, and then it was too late.")
    AnalyticsReport.objects.bulk_create(
        [_ended(schedule, slot, ReportStatus.MISSED, told, now) for slot in slots], ignore_conflicts=True
    )


def _ended(
    schedule: ReportSchedule, slot: datetime.datetime, status: str, error: str, now: datetime.datetime
) -> AnalyticsReport:
    period = _period_or_day(schedule, slot)
    return AnalyticsReport(
        organization=schedule.organization,
        report_type=schedule.report_type,
        title=title_of(schedule.organization, schedule.report_type, period),
        status=status,
        start_date=period.first,
        end_date=period.last,
        formats=schedule.formats,
        trigger=JobTrigger.SCHEDULE,
        schedule=schedule,
        slot=slot,
        created_by=schedule.created_by,
        error=error,
        finished_at=now,
    )


def _period_or_day(schedule: ReportSchedule, slot: datetime.datetime) -> Period:
    try:
        return period_at(schedule, slot)
    except InvalidPeriod:
        day = schedule.organization.calendar.business_date(slot)
        return Period(day, day)
