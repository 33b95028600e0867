"""A report of each demonstration organization, so that a newcomer has one in hand."""

from django.utils import timezone

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.core.models import JobTrigger
from apps.core.periods import resolve_timeframe
from apps.demo.businesses.registry import BUSINESSES
from apps.demo.keys import demo_organization_id
from apps.reports.generation import generate
from apps.reports.models import AnalyticsReport, Audience, Format, ReportFile, ReportType
from apps.reports.services import request_report

_TIMEFRAME = "last_month"


def first_reports() -> list[ReportFile]:
    """Make an executive summary of last month where there is no report yet; return the files of one organization.

    Files of an organization that expired are none. The order of organizations is that of the registry.
    """
    found: list[ReportFile] = []
    for slug in BUSINESSES:
        organization = Organization.objects.filter(pk=demo_organization_id(slug), is_active=True).first()
        if organization is None:
            continue
        with organization_context(organization.pk):
            if not AnalyticsReport.objects.exists():
                _make(organization)
            files = ReportFile.objects.select_related("report").order_by("report__created_at", "format")
            found = found or [file for file in files[: len(Format.values)] if file.is_there]
    return found


def _make(organization: Organization) -> None:
    today = organization.calendar.business_date(timezone.now())
    report = request_report(
        organization=organization,
        report_type=ReportType.EXECUTIVE_SUMMARY,
        period=resolve_timeframe(_TIMEFRAME, today=today, week_starts_on=organization.week_starts_on),
        parameters={},
        formats=(Format.PDF, Format.XLSX),
        audiences=(Audience.MASKED,),
        trigger=JobTrigger.COMMAND,
        created_by=None,
    )
    generate(report.pk, may_wait=False)
