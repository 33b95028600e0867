"""Upload, preview, progress, confirmation and result of imports."""

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from apps.accounts.access import Access
from apps.accounts.administration import required_access
from apps.accounts.permissions import may_see_contact_details
from apps.core.context import organization_context
from apps.core.downloads import CONTENT_TYPES, as_download
from apps.core.jobs import latest_job
from apps.core.models import JobTrigger
from apps.imports import services
from apps.imports.administration.forms import UploadForm
from apps.imports.administration.presentation import (
    STATUS_COLOURS,
    commit_label,
    is_at_work,
    mapping_title,
    outcome_of,
    progress_of,
)
from apps.imports.blanks import blank_csv, blank_xlsx
from apps.imports.errors import ImportFailure, MappingError
from apps.imports.mapping.shipped import shipped_mappings, shipped_text
from apps.imports.models import ImportMode, ImportRun, ImportStatus, RejectedRow
from apps.imports.selectors import rejected_csv, run_of

if TYPE_CHECKING:
    from apps.imports.admin import ImportRunAdmin

ROWS_SHOWN = 20


def upload(page: "ImportRunAdmin", request: HttpRequest) -> HttpResponse:
    """Take files in and have them previewed; nothing is written before somebody confirms."""
    access = required_access(request)
    if not page.has_add_permission(request):
        raise PermissionDenied
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if request.POST.get("_organization") not in {None, str(access.organization.pk)}:
            form.add_error(None, _("You work for %(name)s now: check the files and send them again.") % _name(access))
        if form.is_valid() and (run := _receive(request, access, form)) is not None:
            return HttpResponseRedirect(_address(run))
    context = page.admin_site.each_context(request) | {
        "title": _("Import files"),
        "form": form,
        "shipped": [(name, mapping) for name, mapping in shipped_mappings().items()],
        "media": page.media,
    }
    return TemplateResponse(request, "imports/upload.html", context)


def show(page: "ImportRunAdmin", request: HttpRequest, object_id: str) -> HttpResponse:
    """Show a run as far as it is."""
    access = required_access(request)
    if request.method not in {"GET", "HEAD"} or not page.has_view_permission(request):
        raise PermissionDenied
    run = _run_or_none(object_id)
    if run is None:
        messages.warning(request, _("This import is not there."))
        return HttpResponseRedirect(reverse("admin:index"))
    job = latest_job(run.pk)
    outcome = outcome_of(run, access.organization.currency)
    context = page.admin_site.each_context(request) | {
        "title": mapping_title(run.mapping),
        "opts": page.opts,
        "run": run,
        "files": list(run.files.all()),
        "status_label": ImportStatus(run.status).label,
        "status_colour": STATUS_COLOURS[ImportStatus(run.status)],
        "at_work": is_at_work(run),
        "progress": progress_of(run, job),
        "outcome": outcome,
        "commit_label": commit_label(outcome) if outcome else "",
        "rejected": list(RejectedRow.objects.filter(run=run)[:ROWS_SHOWN]) if _may_see_rows(access) else [],
        "may_import": page.has_add_permission(request),
        "statuses": ImportStatus,
        "modes": ImportMode,
        "currency": access.organization.currency,
    }
    response = TemplateResponse(request, "imports/run.html", context)
    add_never_cache_headers(response)
    return response


def progress(page: "ImportRunAdmin", request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Answer how far a run is, in two queries."""
    run = _run_or_404(page, request, run_id)
    response = JsonResponse(progress_of(run, latest_job(run.pk)))
    add_never_cache_headers(response)
    return response


def rejected_rows(page: "ImportRunAdmin", request: HttpRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """Give the refused rows as a file that can be corrected and imported again."""
    if not _may_see_rows(required_access(request)):
        raise PermissionDenied
    run = _run_or_404(page, request, run_id)
    lines = _within(run.organization_id, rejected_csv(run.pk))
    response = StreamingHttpResponse(lines, content_type=CONTENT_TYPES["csv"])
    return as_download(response, f"rejected-{run.created_at:%Y%m%d-%H%M}.csv")


def commit(page: "ImportRunAdmin", request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Write what was previewed: all rows, or the valid ones."""
    run = _run_or_404(page, request, run_id, change=True)
    mode = request.POST.get("mode", run.mode)
    if mode not in ImportMode.values:
        raise Http404
    try:
        services.request_commit(run=run, trigger=JobTrigger.ADMIN, mode=mode)
    except ImportFailure as failure:
        messages.error(request, str(failure))
    return HttpResponseRedirect(_address(run))


def cancel(page: "ImportRunAdmin", request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Stop a run, or discard a preview."""
    run = _run_or_404(page, request, run_id, change=True)
    try:
        services.cancel_import(run=run)
    except ImportFailure as failure:
        messages.error(request, str(failure))
    return HttpResponseRedirect(_address(run))


def mapping_file(page: "ImportRunAdmin", request: HttpRequest, name: str) -> HttpResponse:
    """Give a shipped mapping, to start one's own from."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    try:
        text = shipped_text(name)
    except MappingError:
        raise Http404 from None
    return as_download(HttpResponse(text, content_type="application/yaml; charset=utf-8"), f"{name}.yaml")


def template_file(page: "ImportRunAdmin", request: HttpRequest, name: str, role: str, kind: str) -> HttpResponse:
    """Give an empty file of a shipped mapping, with an example row, as CSV or XLSX."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    mapping = shipped_mappings().get(name)
    spec = mapping.files.get(role) if mapping else None
    if spec is None or kind not in {"csv", "xlsx"}:
        raise Http404
    content = blank_csv(spec) if kind == "csv" else blank_xlsx(spec)
    return as_download(HttpResponse(content, content_type=CONTENT_TYPES[kind]), f"{name}-{role}.{kind}")


def _receive(request: HttpRequest, access: Access, form: UploadForm) -> ImportRun | None:
    """Store the files and ask for a preview; what is wrong with them is said at their field."""
    try:
        received = services.receive_files(
            organization=access.organization,
            mapping=form.mapping_name,
            mapping_text=form.mapping_text,
            uploads=form.cleaned_data["uploads"],
            mode=form.cleaned_data["mode"],
            trigger=JobTrigger.ADMIN,
            created_by=access.user,
        )
        if received.repeated:
            messages.info(request, _("These files are being imported already: this is that import."))
        else:
            services.request_preview(run=received.run, trigger=JobTrigger.ADMIN)
    except ImportFailure as failure:
        form.add_error("uploads", str(failure))
        return None
    return received.run


def _run_or_404(page: "ImportRunAdmin", request: HttpRequest, run_id: uuid.UUID, *, change: bool = False) -> ImportRun:
    """Return a run of the current organization; a change asks for a POST and the role for it."""
    required_access(request)
    if change and request.method != "POST":
        raise Http404
    if not (page.has_add_permission(request) if change else page.has_view_permission(request)):
        raise PermissionDenied
    run = run_of(run_id)
    if run is None:
        raise Http404
    return run


def _may_see_rows(access: Access) -> bool:
    # Source rows hold addresses and numbers of customers in full.
    return may_see_contact_details(access)


def _run_or_none(object_id: str) -> ImportRun | None:
    try:
        return run_of(uuid.UUID(object_id))
    except ValueError:
        return None


def _address(run: ImportRun) -> str:
    return reverse("admin:imports_importrun_change", args=[run.pk])


def _name(access: Access) -> dict[str, Any]:
    return {"name": access.organization.name}


def _within(organization_id: uuid.UUID, lines: Iterator[str]) -> Iterator[str]:
    """Read each line within the organization: they are asked for when the request is already over."""
    while True:
        with organization_context(organization_id):
            line = next(lines, None)
        if line is None:
            return
        yield line
