"""Make, change, pause, resume and delete schedules."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.core.context import organization_context
from apps.core.database import in_transaction
from apps.reports import mails
from apps.reports.models import AnalyticsReport, ReportSchedule, ReportStatus
from apps.reports.schedules.checking import check_together, checked_fields
from apps.reports.schedules.permission import refusal_of
from apps.reports.schedules.readers import member_addresses
from apps.reports.schedules.timing import following

CHANGEABLE = (
    "name",
    "description",
    "report_type",
    "frequency",
    "day_of_week",
    "day_of_month",
    "on_last_business_day",
    "time",
    "timezone",
    "recipients",
    "formats",
    "timeframe",
    "compare",
    "refund_basis",
    "filters",
    "skip_when_empty",
    "outside_sees_contact_details",
)
_TIMING = frozenset(
    {"frequency", "day_of_week", "day_of_month", "on_last_business_day", "time", "timezone"}
)  # what moves the next slot


def create_schedule(*, organization: Organization, created_by: User, fields: Mapping[str, Any]) -> ReportSchedule:
    """Make a schedule that runs from its next slot on, in the name of who makes it.

    Raises:
        ScheduleRefused: a field has a value it cannot have; it is named.

    """
    with in_transaction(), organization_context(organization.pk):
        schedule = ReportSchedule(organization=organization, created_by=created_by)
        schedule.timezone = organization.timezone
        _set(schedule, fields)
        schedule.next_run_at = following(schedule, timezone.now())
        schedule.save(force_insert=True)
    return schedule


def change_schedule(*, schedule_id: uuid.UUID, fields: Mapping[str, Any]) -> ReportSchedule:
    """Change some fields of a schedule of the organization of the context; where it has other slots, from now on.

    Raises:
        ScheduleRefused: a field has a value it cannot have; it is named.

    """
    with in_transaction():
        schedule = _locked(schedule_id)
        before = {name: getattr(schedule, name) for name in _TIMING}
        _set(schedule, fields)
        if schedule.is_active and before != {name: getattr(schedule, name) for name in _TIMING}:
            schedule.next_run_at = following(schedule, timezone.now())
        schedule.save()
    return schedule


def pause_schedule(*, schedule_id: uuid.UUID, by: User) -> ReportSchedule:
    """Stop a schedule of the organization of the context until somebody resumes it."""
    with in_transaction():
        schedule = _locked(schedule_id)
        if schedule.is_active:
            schedule.failures = 0  # whoever pauses it knows
            _stop(schedule, _("Paused by %(user)s.") % {"user": by.email})
    return schedule


def resume_schedule(*, schedule_id: uuid.UUID, by: User) -> ReportSchedule:
    """Let a schedule of the organization of the context run again, from its next slot on.

    Where it may not run in the name of who made it any more, it runs in that of who resumes it.
    """
    with in_transaction():
        schedule = _locked(schedule_id)
        if not schedule.is_active:
            if refusal_of(schedule.organization, schedule.created_by):
                schedule.created_by = by
            schedule.is_active = True
            schedule.paused_reason, schedule.failures = "", 0
            schedule.next_run_at = following(schedule, timezone.now())
            schedule.save()
    return schedule


def pause_for(schedule: ReportSchedule, reason: str, *, source: uuid.UUID | None = None) -> None:
    """Stop a schedule that cannot go on, inside the caller's transaction, and tell its owners by mail.

    `source` is the run that it is about. A schedule with failures is what the sidebar counts, and so this is one.
    """
    schedule.failures = max(schedule.failures, 1)
    _stop(schedule, reason)
    mails.tell_owners(schedule, reason, source=source or uuid.uuid5(schedule.pk, timezone.now().isoformat()))


def delete_schedule(*, schedule_id: uuid.UUID) -> None:
    """Delete a schedule of the organization of the context; what it made stays, what it missed does not."""
    with in_transaction():
        schedule = _locked(schedule_id)
        runs = AnalyticsReport.objects.filter(schedule=schedule)
        runs.filter(status=ReportStatus.MISSED).delete()
        runs.update(schedule=None)
        schedule.delete()


def _set(schedule: ReportSchedule, fields: Mapping[str, Any]) -> None:
    checked = checked_fields(fields)
    for name in CHANGEABLE:
        if name in checked:
            setattr(schedule, name, checked[name])
    if "report_type" in checked or "filters" in checked:
        check_together(schedule.report_type, schedule.filters)
    if "recipients" in checked:
        members = set(member_addresses(schedule.recipients)) | set(schedule.member_recipients)
        schedule.member_recipients = [address for address in schedule.recipients if address in members]


def _locked(schedule_id: uuid.UUID) -> ReportSchedule:
    schedules = ReportSchedule.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "organization", "created_by"
    )
    found: ReportSchedule = schedules.get(pk=schedule_id)
    return found


def _stop(schedule: ReportSchedule, reason: str) -> None:
    schedule.is_active = False
    schedule.paused_reason = reason
    schedule.next_run_at = None
    schedule.save(update_fields=["is_active", "paused_reason", "next_run_at", "failures"])
