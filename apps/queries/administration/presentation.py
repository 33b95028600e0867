"""What an export is and how far it is, in the organization's notation."""

import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.accounts.access import Access
from apps.accounts.notation import current_notation
from apps.core.models import JobRun, JobStatus
from apps.queries.exports.wording import asked_in_words
from apps.queries.models import DataExport, ExportStatus
from apps.queries.services import filters_for

STATUS_COLOURS = {
    ExportStatus.QUEUED: "warning",
    ExportStatus.RUNNING: "info",
    ExportStatus.SUCCEEDED: "success",
    ExportStatus.FAILED: "danger",
    ExportStatus.CANCELLED: "",
    ExportStatus.EXPIRED: "",
}


def is_at_work(export: DataExport) -> bool:
    """Tell whether the page is to wait for a worker."""
    return not export.is_finished


def status_label(export: DataExport, now: datetime.datetime) -> str:
    """Return the status for a badge; one whose time is over is expired, removed or not."""
    return str((ExportStatus.EXPIRED if export.is_expired(now) else ExportStatus(export.status)).label)


def progress_of(export: DataExport, job: JobRun | None) -> dict[str, Any]:
    """Return what the page shows and asks for again while a worker writes."""
    waiting = job is None or job.status == JobStatus.QUEUED
    stage = _("Waiting for a worker") if waiting or job is None else _stage(job.stage)
    rows = job.rows if job is not None else 0
    return {
        "status": export.status,
        "at_work": is_at_work(export),
        "waiting": waiting,
        "percent": 0 if job is None else job.progress,
        "stage": str(capfirst(stage)),
        "rows": current_notation().number(rows) if rows else "",
    }


def _stage(stage: str) -> str:
    return {"writing rows": _("Writing rows")}.get(stage, _("Starting"))


def facts_of(export: DataExport, access: Access) -> list[tuple[str, str]]:
    """Return what people want to know of a file, as pairs of name and value."""
    notation = current_notation()
    told = [(_("File"), f"{export.get_format_display()}, {filesizeformat(export.size)}")] if export.sha256 else []
    if export.sha256:
        told.append((_("Rows"), notation.number(export.rows)))
    told += asked_in_words(export, filters_for(access, export))
    if export.as_of:
        told.append((_("As of"), f"{notation.instant(export.as_of)} ({access.organization.timezone})"))
    if export.expires_at:
        told.append((_("Kept until"), f"{notation.instant(export.expires_at)} ({access.organization.timezone})"))
    if export.sha256:
        shown = _("Shown in full") if export.has_contact_details else _("Masked, or there are none")
        told += [(_("Contact details"), shown), (_("SHA-256"), export.sha256)]
    return told
