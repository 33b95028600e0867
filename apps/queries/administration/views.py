"""Ask for an export, watch it, cancel it, take its file."""

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from apps.accounts.access import Access
from apps.accounts.administration import required_access
from apps.core.jobs import latest_job
from apps.core.models import JobTrigger
from apps.core.rest.throttling import address_of
from apps.queries import services
from apps.queries.administration.forms import ExportForm, FormatForm
from apps.queries.administration.lists import Listed, UnreadableList, listed
from apps.queries.administration.presentation import (
    STATUS_COLOURS,
    facts_of,
    is_at_work,
    progress_of,
)
from apps.queries.downloads import file_response, manifest_response
from apps.queries.errors import ExportEnded, ExportRefused, TooManyExports
from apps.queries.models import DataExport, ExportStatus

if TYPE_CHECKING:
    from apps.queries.admin import DataExportAdmin

EVENTS_SHOWN = 20


def ask(page: "DataExportAdmin", request: HttpRequest) -> HttpResponse:
    """Take in what is wanted: the rows of the list that the address names, or a dataset over some days."""
    access = required_access(request)
    if not page.has_add_permission(request):
        raise PermissionDenied
    try:
        found = listed(request)
    except UnreadableList as unreadable:
        return HttpResponseRedirect(unreadable.address)
    form: Any = (FormatForm if found else ExportForm)(request.POST or None)
    if request.method == "POST":
        if request.POST.get("_organization") not in {None, str(access.organization.pk)}:
            told = _("You work for %(name)s now: check what is exported and ask again.")
            form.add_error(None, told % {"name": access.organization.name})
        if form.is_valid() and (export := _requested(request, access, form, found)) is not None:
            return HttpResponseRedirect(_address(export))
    context = page.admin_site.each_context(request) | {
        "title": _("Export"),
        "opts": page.opts,
        "form": form,
        "listed": found,
        "media": page.media + form.media,
    }
    return TemplateResponse(request, "queries/ask.html", context)


def show(page: "DataExportAdmin", request: HttpRequest, object_id: str) -> HttpResponse:
    """Show an export as far as it is."""
    access = required_access(request)
    if request.method not in {"GET", "HEAD"} or not page.has_view_permission(request):
        raise PermissionDenied
    export = _export_or_none(object_id)
    if export is None:
        messages.warning(request, _("This export is not there."))
        return HttpResponseRedirect(reverse("admin:index"))
    now = timezone.now()
    status = ExportStatus.EXPIRED if export.is_expired(now) else ExportStatus(export.status)
    context = page.admin_site.each_context(request) | {
        "title": export.title,
        "opts": page.opts,
        "export": export,
        "status_label": status.label,
        "status_colour": STATUS_COLOURS[status],
        "at_work": is_at_work(export),
        "is_expired": export.is_expired(now),
        "may_cancel": services.may_cancel(access, export),
        "may_take": services.may_take(access, export),
        "progress": progress_of(export, latest_job(export.pk)),
        "facts": facts_of(export, access),
        "events": list(export.events.select_related("user")[:EVENTS_SHOWN]),
        "statuses": ExportStatus,
    }
    response = TemplateResponse(request, "queries/export.html", context)
    add_never_cache_headers(response)
    return response


def progress(page: "DataExportAdmin", request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    """Answer how far an export is, in two queries."""
    export = _export_or_404(page, request, export_id)
    response = JsonResponse(progress_of(export, latest_job(export.pk)))
    add_never_cache_headers(response)
    return response


def cancel(page: "DataExportAdmin", request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    """Stop an export."""
    if request.method != "POST":
        raise Http404
    export = _export_or_404(page, request, export_id)
    if not services.may_cancel(required_access(request), export):
        raise PermissionDenied
    try:
        services.cancel_export(asker=_asker(request), export=export)
    except ExportEnded as ended:
        messages.error(request, str(ended))
    return HttpResponseRedirect(_address(export))


def file(page: "DataExportAdmin", request: HttpRequest, export_id: uuid.UUID) -> HttpResponseBase:
    """Give the file, and write down who took it."""
    export = _ready(page, request, export_id)
    try:
        return file_response(export, services.take_file(asker=_asker(request), export=export))
    except FileNotFoundError:
        messages.error(request, _("The file is not there any more. Ask for the export again."))
        return HttpResponseRedirect(_address(export))


def manifest(page: "DataExportAdmin", request: HttpRequest, export_id: uuid.UUID) -> HttpResponseBase:
    """Give what stands beside the file."""
    return manifest_response(_ready(page, request, export_id))


def _requested(request: HttpRequest, access: Access, form: Any, found: Listed | None) -> DataExport | None:
    """Ask for the export; what is wrong is said at its field."""
    asker, format_ = _asker(request), form.cleaned_data["format"]
    try:
        if found is not None:
            return services.request_list_export(
                asker=asker, dataset=found.dataset.key, format_=format_, asked=found.asked, told=found.told
            )
        return services.request_export(
            asker=asker,
            dataset=form.cleaned_data["dataset"],
            format_=format_,
            filters=form.filters,
            has_byte_order_mark=True,
        )
    except ExportRefused as refused:
        name = refused.field.removeprefix("filters.")
        form.add_error(name if name in form.fields else None, refused.message)
    except TooManyExports as limit:
        form.add_error(None, str(limit))
    return None


def _ready(page: "DataExportAdmin", request: HttpRequest, export_id: uuid.UUID) -> DataExport:
    export = _export_or_404(page, request, export_id)
    if not services.may_take(required_access(request), export):
        raise PermissionDenied
    if export.status != ExportStatus.SUCCEEDED or export.is_expired(timezone.now()):
        raise Http404
    return export


def _export_or_404(page: "DataExportAdmin", request: HttpRequest, export_id: uuid.UUID) -> DataExport:
    required_access(request)
    if not page.has_view_permission(request):
        raise PermissionDenied
    export = _export_or_none(str(export_id))
    if export is None:
        raise Http404
    return export


def _export_or_none(object_id: str) -> DataExport | None:
    try:
        found: DataExport | None = (
            DataExport.objects.select_related("created_by").filter(pk=uuid.UUID(object_id)).first()
        )
    except ValueError:
        return None
    return found


def _asker(request: HttpRequest) -> services.Asker:
    return services.Asker(access=required_access(request), trigger=JobTrigger.ADMIN, address=address_of(request))


def _address(export: DataExport) -> str:
    return reverse("admin:queries_dataexport_change", args=[export.pk])
