"""What a run looks like on its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.accounts.notation import Notation, current_notation
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.core.models import JobRun, JobStatus
from apps.documents.naming import named
from apps.reports.models import AnalyticsReport, Audience, Format, ReportFile, ReportLink, ReportStatus, ReportType
from apps.reports.waiting import waits_until
from apps.reports.wording import BASES, COMPARISONS, as_said_on, labels_of

STATUS_COLOURS: Mapping[ReportStatus, str] = {
    ReportStatus.QUEUED: "warning",
    ReportStatus.RUNNING: "info",
    ReportStatus.SUCCEEDED: "success",
    ReportStatus.FAILED: "danger",
    ReportStatus.CANCELLED: "",
    ReportStatus.SKIPPED: "",
    ReportStatus.MISSED: "danger",
}
TYPE_COLOURS: Mapping[ReportType, str] = dict.fromkeys(ReportType, "primary")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file with the addresses that were made for it."""

    file: ReportFile
    format: str
    audience: str
    size: str
    rows: str
    links: Sequence[ReportLink]


def progress_shown(report: AnalyticsReport, job: JobRun | None) -> dict[str, Any]:
    """Return what the page shows and asks for again while the run is at work."""
    running = job is not None and job.status == JobStatus.RUNNING and report.status == ReportStatus.RUNNING
    if running and job is not None:
        stage = job.stage or _("Starting")
    elif report.waits_for:
        stage = report.waits_for
    elif report.retry_at is not None:
        stage = _("Waiting to be tried again")
    else:
        stage = _("Waiting for a worker")
    return {
        "status": report.status,
        "at_work": not report.is_finished,
        "percent": job.progress if running and job is not None else 0,
        "stage": str(capfirst(stage)),
        "rows": current_notation().number(job.rows) if running and job is not None and job.rows else "",
    }


def shown_files(files: Sequence[ReportFile], links: Sequence[ReportLink], notation: Notation) -> list[ShownFile]:
    """Return the files, each with its addresses, the newest first."""
    several = len({file.audience for file in files}) > 1
    return [
        ShownFile(
            file=file,
            format=str(Format(file.format).label),
            audience=str(Audience(file.audience).label) if several else "",
            size=filesizeformat(file.size),
            rows=notation.number(file.rows),
            links=[link for link in links if link.file_id == file.pk],
        )
        for file in files
    ]


def asked_facts(report: AnalyticsReport, notation: Notation) -> list[tuple[str, str]]:
    """Return in words what a run was asked with; a query for each filter by ids."""
    asked = report.parameters
    facts = [
        (_("Period"), notation.days(report.start_date, report.end_date)),
        (_("Compared with"), str(COMPARISONS.get(asked.get("compare", ""), ""))),
        (_("Refunds"), str(BASES.get(asked.get("refund_basis", ""), ""))),
    ]
    if report.as_said is not None:
        facts.append((_("Figures"), as_said_on(report.as_said, notation)))
    for key, values in asked.get("filters", {}).items():
        labels = labels_of(DIMENSIONS[key], tuple(values))
        shown = ", ".join(named(key, value, label, notation) for value, label in labels.items())
        facts.append((_("Only %(dimension)s") % {"dimension": DIMENSIONS[key].label.lower()}, shown))
    if report.as_of is not None:
        facts.append((_("As of"), notation.instant(report.as_of)))
    if report.expires_at is not None:
        facts.append((_("Kept until"), notation.instant(report.expires_at)))
    return facts


def waiting_told(report: AnalyticsReport, notation: Notation) -> str:
    """Return when a run that waits is made at the latest; the empty text of one that does not wait."""
    if not report.waits_for:
        return ""
    told = _("It is made by %(instant)s at the latest; what is not counted by then is named in it.")
    return told % {"instant": notation.zoned_instant(waits_until(report))}


def notice_told(report: AnalyticsReport) -> str:
    """Return what a run's figures lack, as its readers were told."""
    summary: Mapping[str, Any] = next(iter(report.summary.values()), {})
    return str(summary.get("notice", ""))


def figures_of(report: AnalyticsReport) -> list[Mapping[str, str]]:
    """Return the figures that matter; they are the same for every audience."""
    summary: Mapping[str, Any] = next(iter(report.summary.values()), {})
    figures: list[Mapping[str, str]] = summary.get("figures", [])
    return figures
