"""Asking for a report, watching it, its files, and the addresses of them."""

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from apps.accounts.access import Access
from apps.accounts.administration import required_access
from apps.accounts.notation import notation_of
from apps.core.jobs import latest_job
from apps.core.models import JobTrigger
from apps.core.rest.throttling import address_of
from apps.reports import services
from apps.reports.administration.forms import ReportForm
from apps.reports.administration.presentation import (
    STATUS_COLOURS,
    asked_facts,
    figures_of,
    notice_told,
    progress_shown,
    shown_files,
    waiting_told,
)
from apps.reports.downloads import file_response, take_file
from apps.reports.errors import NotDownloadable, ReportEnded, ReportRefused
from apps.reports.models import AnalyticsReport, ReportDownload, ReportFile, ReportLink, ReportStatus
from apps.reports.selectors import audiences_to_write, file_for, reports_for
from apps.reports.types import REPORTS

if TYPE_CHECKING:
    from apps.reports.admin import AnalyticsReportAdmin

_NEW_LINK = "new_report_link"
_DOWNLOADS_SHOWN = 20
_LONGEST_RECIPIENT = 254


def ask(page: "AnalyticsReportAdmin", request: HttpRequest) -> HttpResponse:
    """Take a question in; a worker answers it."""
    access = required_access(request)
    if not page.has_add_permission(request):
        raise PermissionDenied
    form = ReportForm(request.POST or None, organization=access.organization)
    if request.method == "POST":
        if request.POST.get("_organization") not in {None, str(access.organization.pk)}:
            form.add_error(None, _("You work for %(name)s now: check the report and ask again.") % _name(access))
        if form.is_valid() and (report := _request(access, form)) is not None:
            return HttpResponseRedirect(_address(report))
    context = page.admin_site.each_context(request) | {
        "title": _("New report"),
        "form": form,
        "reports": REPORTS.values(),
        "media": page.media + form.media,
    }
    return TemplateResponse(request, "reports/ask.html", context)


def show(page: "AnalyticsReportAdmin", request: HttpRequest, object_id: str) -> HttpResponse:
    """Show a run as far as it is."""
    access = required_access(request)
    if request.method not in {"GET", "HEAD"} or not page.has_view_permission(request):
        raise PermissionDenied
    report = _report_or_none(access, object_id)
    if report is None:
        messages.warning(request, _("This report is not there."))
        return HttpResponseRedirect(reverse("admin:index"))
    notation = notation_of(access.organization)
    files = list(report.files.all())
    links = list(
        ReportLink.objects.filter(file__in=files).select_related("file__report", "created_by").order_by("-created_at")
    )
    downloads = ReportDownload.objects.filter(file__in=files).select_related("file", "user", "link")
    context = page.admin_site.each_context(request) | {
        "title": report.title,
        "opts": page.opts,
        "report": report,
        "status_label": ReportStatus(report.status).label,
        "status_colour": STATUS_COLOURS[ReportStatus(report.status)],
        "at_work": not report.is_finished,
        "progress": progress_shown(report, latest_job(report.pk)),
        "waiting": waiting_told(report, notation),
        "notice": notice_told(report),
        "figures": figures_of(report),
        "facts": asked_facts(report, notation),
        "files": shown_files(files, links, notation),
        "downloads": list(downloads.order_by("-downloaded_at")[:_DOWNLOADS_SHOWN]),
        "new_link": request.session.pop(f"{_NEW_LINK}_{report.pk}", None),
        "may_ask": page.has_add_permission(request),
        "statuses": ReportStatus,
    }
    response = TemplateResponse(request, "reports/report.html", context)
    add_never_cache_headers(response)
    return response


def progress(page: "AnalyticsReportAdmin", request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """Answer how far a run is, in two queries."""
    report = _report_or_404(page, request, report_id)
    response = JsonResponse(progress_shown(report, latest_job(report.pk)))
    add_never_cache_headers(response)
    return response


def cancel(page: "AnalyticsReportAdmin", request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """Stop a run; no file of it stays."""
    report = _report_or_404(page, request, report_id, change=True)
    try:
        services.cancel_report(report)
    except ReportEnded:
        messages.error(request, _("This report has ended already."))
    return HttpResponseRedirect(_address(report))


def download(
    page: "AnalyticsReportAdmin", request: HttpRequest, report_id: uuid.UUID, file_id: uuid.UUID
) -> HttpResponseBase:
    """Give a file, and write down who took it."""
    file = _file_or_404(page, request, report_id, file_id)
    try:
        taken = take_file(file, user=required_access(request).user, address=address_of(request))
    except NotDownloadable:
        messages.warning(request, _("This file has expired. Ask for the report again."))
        return HttpResponseRedirect(_address(file.report))
    return file_response(taken)


def make_link(
    page: "AnalyticsReportAdmin", request: HttpRequest, report_id: uuid.UUID, file_id: uuid.UUID
) -> HttpResponse:
    """Make an address of a file; it is shown once, on the page that follows."""
    file = _file_or_404(page, request, report_id, file_id, change=True)
    recipient = request.POST.get("recipient", "").strip()
    if not file.is_there:
        messages.error(request, _("This file has expired. Ask for the report again."))
    elif len(recipient) > _LONGEST_RECIPIENT or "\x00" in recipient:
        messages.error(request, _("Say in a few words for whom the link is."))
    else:
        path = services.make_link(file, recipient=recipient, created_by=required_access(request).user)
        request.session[f"{_NEW_LINK}_{file.report_id}"] = request.build_absolute_uri(path)
    return HttpResponseRedirect(_address(file.report))


def revoke_link(
    page: "AnalyticsReportAdmin", request: HttpRequest, report_id: uuid.UUID, link_id: uuid.UUID
) -> HttpResponse:
    """End an address."""
    report = _report_or_404(page, request, report_id, change=True)
    link = ReportLink.objects.filter(pk=link_id, file__in=report.files.all()).first()
    if link is None:
        raise Http404
    services.revoke_link(link)
    messages.success(request, _("The link gives nothing any more."))
    return HttpResponseRedirect(_address(report))


def _request(access: Access, form: ReportForm) -> AnalyticsReport | None:
    """Ask for the report; what is wrong with the question is said at its field."""
    asked = form.cleaned_data
    if form.period is None:
        return None
    try:
        return services.request_report(
            organization=access.organization,
            report_type=asked["report_type"],
            period=form.period,
            parameters=form.parameters,
            formats=asked["formats"],
            audiences=audiences_to_write(asked["report_type"], access),
            trigger=JobTrigger.ADMIN,
            created_by=access.user,
            as_of=form.instant,
        )
    except ReportRefused as refused:
        field = refused.field.removeprefix("filters.")
        form.add_error(field if field in form.fields else None, refused.message)
        return None


def _report_or_404(
    page: "AnalyticsReportAdmin", request: HttpRequest, report_id: uuid.UUID, *, change: bool = False
) -> AnalyticsReport:
    """Return a run of the current organization; a change asks for a POST and the role for it."""
    access = required_access(request)
    _check(page, request, change=change)
    report = reports_for(access).filter(pk=report_id).first()
    if report is None:
        raise Http404
    return report


def _file_or_404(
    page: "AnalyticsReportAdmin",
    request: HttpRequest,
    report_id: uuid.UUID,
    file_id: uuid.UUID,
    *,
    change: bool = False,
) -> ReportFile:
    access = required_access(request)
    _check(page, request, change=change)
    file = file_for(access, report_id, file_id)
    if file is None:
        raise Http404
    return file


def _check(page: "AnalyticsReportAdmin", request: HttpRequest, *, change: bool) -> None:
    if change and request.method != "POST":
        raise Http404
    if not (page.has_add_permission(request) if change else page.has_view_permission(request)):
        raise PermissionDenied


def _report_or_none(access: Access, object_id: str) -> AnalyticsReport | None:
    try:
        return reports_for(access).filter(pk=uuid.UUID(object_id)).first()
    except ValueError:
        return None


def _address(report: AnalyticsReport) -> str:
    return reverse("admin:reports_analyticsreport_change", args=[report.pk])


def _name(access: Access) -> dict[str, str]:
    return {"name": access.organization.name}
