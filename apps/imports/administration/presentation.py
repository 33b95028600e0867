"""What a run's result says, in the organization's units and the reader's words."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.administration.figures import whole
from apps.accounts.notation import current_notation
from apps.core.models import JobRun, JobStatus
from apps.imports.facts import all_facts
from apps.imports.mapping.shipped import shipped_mappings
from apps.imports.models import ImportRun, ImportStatus

Text = str | Promise

STATUS_COLOURS = {
    ImportStatus.RECEIVED: "warning",
    ImportStatus.PREVIEWING: "info",
    ImportStatus.PREVIEWED: "primary",
    ImportStatus.COMMITTING: "info",
    ImportStatus.COMMITTED: "success",
    ImportStatus.REFUSED: "danger",
    ImportStatus.FAILED: "danger",
    ImportStatus.CANCELLED: "",
}
_AT_WORK = (ImportStatus.RECEIVED, ImportStatus.PREVIEWING, ImportStatus.COMMITTING)
_CLASS_NAMES: dict[str, Text] = {
    "sale": _("Sales"),
    "refund": _("Refunds"),
    "cancellation": _("Cancellations"),
    "delivery": _("Delivery"),
    "fee": _("Fees"),
    "tip": _("Tips"),
    "discount": _("Discounts"),
    "adjustment": _("Adjustments"),
    "payment": _("Payments"),
    "reference": _("Rows that only name things"),
    "left_out": _("Left out"),
    "rejected": _("Invalid"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it counts."""

    label: Text
    value: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class FactLine:
    """What becomes of one kind of fact."""

    name: str
    new: str
    updated: str
    unchanged: str
    removed: str
    amount: str


@dataclass(frozen=True, slots=True)
class ClassLine:
    """Source lines of one class: how many, what they say, what is kept, and the difference."""

    name: Text
    reason: str
    rows: str
    said: str
    kept: str
    difference: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole result of a preview or a commit."""

    figures: list[Figure]
    facts: list[FactLine]
    classes: list[ClassLine]
    class_total: ClassLine | None
    warnings: list[str]
    changed: int
    rejected: int


def is_at_work(run: ImportRun) -> bool:
    """Tell whether the page is to wait for a worker."""
    return run.status in _AT_WORK


def mapping_title(name: str) -> str:
    """Return the title of a shipped mapping, or the name of the file it came from."""
    shipped = shipped_mappings().get(name)
    return shipped.title if shipped else name


def progress_of(run: ImportRun, job: JobRun | None) -> dict[str, Any]:
    """Return what the page shows and asks for again while the run is at work."""
    waiting = job is None or job.status == JobStatus.QUEUED
    stage = str(_("Waiting for a worker")) if waiting or job is None else job.stage or str(_("Starting"))
    return {
        "status": run.status,
        "at_work": is_at_work(run),
        "waiting": waiting,
        "percent": 0 if job is None else job.progress,
        "stage": str(capfirst(stage)),
        "rows": whole(job.rows) if job is not None and job.rows else "",
    }


def outcome_of(run: ImportRun, currency: str) -> Outcome | None:
    """Return what the run found or did, or None before it has looked."""
    if not run.result:
        return None
    result: dict[str, Any] = run.result
    facts, classes = result.get("facts", []), result.get("classes", [])
    left_out = sum(entry["rows"] for entry in classes if entry["name"] == "left_out")
    counts = {kind: sum(entry[kind] for entry in facts) for kind in ("new", "updated", "unchanged", "removed")}
    rejected = int(result.get("rows_rejected", 0))
    figures = [
        Figure(_("Rows read"), whole(result.get("rows_read", 0))),
        Figure(_("New"), whole(counts["new"])),
        Figure(_("Updated"), whole(counts["updated"] + counts["removed"])),
        Figure(_("Unchanged"), whole(counts["unchanged"])),
        Figure(_("Invalid rows"), whole(rejected), "danger" if rejected else ""),
        Figure(_("Left out rows"), whole(left_out)),
    ]
    return Outcome(
        figures=figures,
        facts=[_fact_line(entry, currency) for entry in facts],
        classes=[_class_line(entry, currency) for entry in classes],
        class_total=_total(classes, currency),
        warnings=[str(warning) for warning in result.get("warnings", [])],
        changed=int(result.get("changed", 0)),
        rejected=rejected,
    )


def commit_label(outcome: Outcome) -> str:
    """Return the words of the button that writes: how many facts it changes."""
    return ngettext("Import %(count)s change", "Import %(count)s changes", outcome.changed) % {
        "count": whole(outcome.changed)
    }


def _fact_line(entry: dict[str, Any], currency: str) -> FactLine:
    fact = all_facts().get(entry["fact"])
    name = str(fact.model._meta.verbose_name_plural) if fact else str(entry["fact"])
    amount = entry.get("amount")
    return FactLine(
        name=str(capfirst(name)),
        new=whole(entry["new"]),
        updated=whole(entry["updated"]),
        unchanged=whole(entry["unchanged"]),
        removed=whole(entry["removed"]),
        amount="" if amount is None else current_notation().amount(Decimal(amount), currency),
    )


def _class_line(entry: dict[str, Any], currency: str) -> ClassLine:
    said = Decimal(entry["raw"])
    kept = None if entry.get("stored") is None else Decimal(entry["stored"])
    return ClassLine(
        name=_CLASS_NAMES.get(entry["name"], entry["name"]),
        reason=str(entry.get("reason", "")),
        rows=whole(entry["rows"]),
        said=current_notation().price(said, currency),
        kept="" if kept is None else current_notation().price(kept, currency),
        difference="" if kept is None else current_notation().price(said - kept, currency),
    )


def _total(classes: list[dict[str, Any]], currency: str) -> ClassLine | None:
    if len(classes) < 2:
        return None
    kept = [entry for entry in classes if entry.get("stored") is not None]
    stored = sum((Decimal(entry["stored"]) for entry in kept), Decimal(0))
    difference = sum((Decimal(entry["raw"]) for entry in kept), Decimal(0)) - stored
    return ClassLine(
        name=_("Total"),
        reason="",
        rows=whole(sum(entry["rows"] for entry in classes)),
        said=current_notation().price(sum((Decimal(entry["raw"]) for entry in classes), Decimal(0)), currency),
        kept=current_notation().price(stored, currency),
        difference=current_notation().price(difference, currency),
    )
