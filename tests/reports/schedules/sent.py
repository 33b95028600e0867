"""Mails as they are handed over, and schedules to hand them over."""

import datetime
from typing import Any

import time_machine

from apps.accounts.models import Organization, User
from apps.core.context import organization_context
from apps.reports.models import AnalyticsReport, ReportSchedule
from apps.reports.schedules.changing import create_schedule

UTC = datetime.UTC


class Sent(list):
    """Each call's arguments, one entry a mail."""

    def __call__(self, **arguments: Any) -> list[Any]:
        self.append(arguments)
        return []

    @property
    def recipients(self) -> list[str]:
        return [address for mail in self for address in mail["recipients"]]


def make_schedule(organization: Organization, user: User, *, since: datetime.datetime, **fields: Any) -> ReportSchedule:
    """Return a daily schedule at 08:00 in New York whose next slot is the first after an instant."""
    given = {
        "name": "Morning figures",
        "report_type": "revenue",
        "frequency": "daily",
        "time": datetime.time(8),
        "timezone": "America/New_York",
        "recipients": ["ada@partner.example"],
        "formats": ["pdf"],
        "timeframe": "yesterday",
        **fields,
    }
    with time_machine.travel(since, tick=False):
        return create_schedule(organization=organization, created_by=user, fields=given)


def runs_of(schedule: ReportSchedule) -> list[AnalyticsReport]:
    """Return the runs of a schedule, by slot."""
    with organization_context(schedule.organization_id):
        return list(AnalyticsReport.objects.filter(schedule=schedule).order_by("slot", "created_at"))


def reread(schedule: ReportSchedule) -> ReportSchedule:
    """Return a schedule as it is kept now."""
    with organization_context(schedule.organization_id):
        return ReportSchedule.objects.select_related("organization", "created_by").get(pk=schedule.pk)


def at(text: str) -> datetime.datetime:
    """Return an instant in UTC."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)
