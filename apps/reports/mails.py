"""What mails about reports say, as plain text and as HTML."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts.models import Membership, Role
from apps.notifications.addresses import one_line
from apps.notifications.mail import Attachment, Mail
from apps.notifications.services import queue_mail
from apps.reports.audiences import least_role
from apps.reports.models import AnalyticsReport, ReportFile, ReportSchedule, ReportType

# The dashboard that answers the same question, by the name of its page.
_PAGES: Mapping[str, str] = {
    ReportType.EXECUTIVE_SUMMARY: "index",
    ReportType.REVENUE: "dashboard_revenue",
    ReportType.ORDERS: "dashboard_orders",
    ReportType.PARTNERS: "dashboard_partners",
    ReportType.CUSTOMERS: "dashboard_customers",
    ReportType.PRODUCT_PERFORMANCE: "dashboard_revenue",
}
# Dark enough on white and light enough on black; mail clients take no variables.
_TONES: Mapping[str, str] = {"good": "#00684c", "bad": "#a33c00", "plain": "#5b6670"}
_SAID: Mapping[str, Any] = {"good": _lazy("good"), "bad": _lazy("bad"), "plain": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A file to fetch instead of an attachment."""

    name: str
    address: str


def report_mail(
    report: AnalyticsReport,
    *,
    audience: str,
    is_member: bool,
    attachments: Sequence[Attachment] = (),
    links: Sequence[Link] = (),
    links_until: str = "",
) -> Mail:
    """Return the mail that brings a run's report to readers of one audience, its key figures inline.

    The figures are the texts that were written down when the files were made. Only members get the link to the
    dashboard: nobody else could open it.
    """
    schedule = report.schedule
    name = schedule.name if schedule else report.title
    summary = report.summary.get(audience, {})
    period = summary.get("period", "")
    subject = f"{name}: {period}" if period else name
    context = {
        "name": name,
        "report": ReportType(report.report_type).label,
        "organization": report.organization.name,
        "is_preview": report.is_preview,
        "period": period,
        "notice": summary.get("notice", ""),
        "as_of": summary.get("as_of", ""),
        "restated": summary.get("restated", 0),
        "figures": [
            {**figure, "colour": _TONES.get(figure.get("tone", ""), _TONES["plain"]), "said": _said(figure)}
            for figure in summary.get("figures", ())
        ],
        "attachments": attachments,
        "links": links,
        "links_until": links_until,
        "dashboard": dashboard_address(report) if is_member else "",
        "is_member": is_member,
    }
    return Mail(
        subject=one_line(_("Preview: %(subject)s") % {"subject": subject} if report.is_preview else subject),
        text=render_to_string("reports/mail/report.txt", context),
        html=render_to_string("reports/mail/report.html", context),
        attachments=tuple(attachments),
        least_role=least_role(audience) if is_member else "",
    )


def attachment_of(file: ReportFile, content_type: str) -> Attachment:
    """Return a file of a run as it goes with a mail."""
    return Attachment(name=file.name, content_type=content_type, stored_name=file.stored_name, size=file.size)


def dashboard_address(report: AnalyticsReport) -> str:
    """Return the address of the dashboard over the same days, compared and filtered alike."""
    parameters = report.parameters
    query: dict[str, Any] = {
        "start_date": report.start_date.isoformat(),
        "end_date": report.end_date.isoformat(),
        **{name: parameters[name] for name in ("compare", "refund_basis", "as_of") if name in parameters},
        **parameters.get("filters", {}),
    }
    page = reverse(f"admin:{_PAGES[report.report_type]}")
    return f"{settings.SITE_URL}{page}?{urlencode(query, doseq=True)}"


def tell_owners(schedule: ReportSchedule, reason: str, *, source: uuid.UUID) -> None:
    """Queue the mail that says why a schedule was paused, to the owners and to who made it while they are members."""
    members = Membership.objects.for_organization(schedule.organization_id).filter(user__is_active=True)
    addresses = [
        member.user.email
        for member in members.select_related("user").order_by("user__email")
        if member.role == Role.OWNER or member.user_id == schedule.created_by_id
    ]
    if not addresses:
        return
    page = reverse("admin:reports_reportschedule_change", args=[schedule.pk])
    context = {
        "name": schedule.name,
        "organization": schedule.organization.name,
        "reason": reason,
        "address": f"{settings.SITE_URL}{page}",
    }
    subject = _("Paused: %(name)s") % {"name": schedule.name}
    queue_mail(
        organization=schedule.organization,
        source=source,
        topic=None,
        topic_name="",
        mail=Mail(
            subject=one_line(subject),
            text=render_to_string("reports/mail/paused.txt", context),
            html=render_to_string("reports/mail/paused.html", context),
            attachments=(),
        ),
        recipients=addresses,
    )


def _said(figure: Mapping[str, Any]) -> str:
    return str(_SAID.get(figure.get("tone", ""), ""))
