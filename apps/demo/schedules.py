"""Reports that go out by themselves, so that a newcomer sees what a schedule is."""

import datetime
from collections.abc import Mapping
from typing import Any

from apps.accounts.models import Membership, Organization, Role, WeekDay
from apps.core.context import organization_context
from apps.demo.signins import DOMAIN
from apps.reports.models import Format, Frequency, ReportSchedule, ReportType
from apps.reports.schedules.changing import create_schedule

_MEMBERS = [f"owner@{DOMAIN}", f"analyst@{DOMAIN}", f"viewer@{DOMAIN}"]
SCHEDULES: tuple[Mapping[str, Any], ...] = (
    {
        "name": "Monday’s summary",
        "description": "Last week in five figures, before the weekly meeting.",
        "report_type": ReportType.EXECUTIVE_SUMMARY,
        "frequency": Frequency.WEEKLY,
        "day_of_week": WeekDay.MONDAY,
        "time": datetime.time(8),
        "timeframe": "last_week",
        "formats": [Format.PDF, Format.XLSX],
        "recipients": _MEMBERS,
    },
    {
        "name": "Yesterday’s orders",
        "description": "For whoever opens in the morning; not sent after a day without an order.",
        "report_type": ReportType.ORDERS,
        "frequency": Frequency.DAILY,
        "time": datetime.time(7),
        "timeframe": "yesterday",
        "formats": [Format.PDF],
        "recipients": [f"viewer@{DOMAIN}"],
        "skip_when_empty": True,
    },
    {
        "name": "Month’s end for the accountant",
        "description": "The accountant works elsewhere, and sees no contact details of customers.",
        "report_type": ReportType.REVENUE,
        "frequency": Frequency.MONTHLY,
        "on_last_business_day": True,
        "time": datetime.time(17, 30),
        "timeframe": "mtd",
        "formats": [Format.XLSX, Format.CSV],
        "recipients": [f"owner@{DOMAIN}", "books@accountant.example"],
    },
)


def create_schedules(organization: Organization) -> int:
    """Make the demonstration's schedules in the name of an owner, where there are none yet; return how many."""
    with organization_context(organization.pk):
        owner = Membership.objects.filter(role=Role.OWNER, user__is_active=True).order_by("user__email").first()
        if owner is None or ReportSchedule.objects.exists():
            return 0
        for fields in SCHEDULES:
            create_schedule(organization=organization, created_by=owner.user, fields=fields)
    return len(SCHEDULES)
