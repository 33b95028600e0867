"""From files to facts, in one transaction: stage, type, build, check, write, reconcile."""

import uuid
from collections.abc import Sequence

from apps.accounts.models import Organization
from apps.core.database import in_transaction
from apps.core.jobs import JobProgress
from apps.core.locks import Lock, take_lock
from apps.imports.building import build_fact
from apps.imports.checking import check_constraints, check_duplicates, check_fields, check_references, settle_rejections
from apps.imports.errors import ImportFailure
from apps.imports.facts import all_facts
from apps.imports.mapping.reader import read_mapping
from apps.imports.orders import divide_facts_of_orders, finish_orders, mirror_refunds
from apps.imports.reconciliation import reconcile
from apps.imports.rejections import record_rejections
from apps.imports.results import FactOutcome, ImportResult
from apps.imports.staging import SourceFile, stage_files
from apps.imports.typing_rows import type_rows
from apps.imports.workspace import Workspace, open_workspace
from apps.imports.writing import prepare_statistics, remove_stale, resolve, sample, write_fact

__all__ = ["SourceFile", "run_import"]

_MAX_PASSES = 12


class _RolledBack(Exception):
    """Takes back what a preview wrote."""


def run_import(
    *,
    run_id: uuid.UUID,
    organization_id: uuid.UUID,
    mapping_text: str,
    mapping_name: str,
    files: Sequence[SourceFile],
    valid_rows: bool,
    commit: bool,
    progress: JobProgress,
) -> ImportResult:
    """Import files, or do all of it and take the facts back (`commit=False`: a preview).

    Runs inside the caller's transaction and organization context. Rejected rows are entered for the run either way.
    With rejected rows and `valid_rows` False nothing else is written. Imports of one organization wait for each other.

    Raises:
        ImportFailure: mapping or files cannot be used.
        JobCancelled: somebody cancelled.

    """
    mapping = read_mapping(mapping_text, name=mapping_name)
    organization = Organization.objects.get(pk=organization_id)
    result = ImportResult()
    with open_workspace(
        organization_id=organization_id,
        currency=organization.currency,
        zone=mapping.timezone or organization.timezone,
        mapping=mapping,
    ) as space:
        space.create(
            "problem",
            [
                ("role", "text"),
                ("file", "integer"),
                ("line", "bigint"),
                ("source_column", "text"),
                ("value", "text"),
                ("reason", "text"),
            ],
        )
        result.rows_read = stage_files(
            space, files, lambda share, rows: progress.report(percent=40 * share, stage="reading", rows=rows)
        )
        take_lock(space.cursor, Lock.IMPORT, organization_id)
        for number, role in enumerate(space.roles(), 1):
            progress.report(percent=40 + 10 * number / len(space.roles()), stage="checking", rows=result.rows_read)
            type_rows(space, role)
        names = _build_until_clean(space, progress, result.rows_read)
        result.rows_rejected = record_rejections(space, run_id)
        if not (commit and result.rows_rejected and not valid_rows):
            result.sample = sample(space, names)
        _write(space, names, result, progress, keep=commit and (valid_rows or not result.rows_rejected))
        result.warnings = space.warnings
    return result


def _build_until_clean(space: Workspace, progress: JobProgress, rows: int) -> list[str]:
    """Build the facts of the good rows; rows found bad on the way are taken out and the rest is built again."""
    given = {spec.fact for spec in space.mapping.facts if spec.role in space.roles()}
    names = [name for name in all_facts() if name in given]
    prepare_statistics(space, names)
    settle_rejections(space)
    for _ in range(_MAX_PASSES):
        progress.report(percent=55, stage="building", rows=rows)
        _build(space, names)
        for number, name in enumerate(names, 1):
            progress.report(percent=55 + 10 * number / len(names), stage="comparing", rows=rows)
            check_fields(space, name)
            resolve(space, name)
            check_references(space, name)
            check_constraints(space, name)
        if not settle_rejections(space):
            return names
    raise ImportFailure("The rows refer to each other too deeply to tell which are valid. Correct the first ones.")


def _build(space: Workspace, names: list[str]) -> None:
    for name in names:
        build_fact(space, name)
        check_duplicates(space, name)
        if name == "order" and "order_line" not in names:
            finish_orders(space)
        if name == "order_line" and "order" in names:
            finish_orders(space)
            if space.mapping.mirror:
                mirror_refunds(space, space.mapping.mirror)
    if space.mapping.split and "order" in names:
        divide_facts_of_orders(space)


def _write(space: Workspace, names: list[str], result: ImportResult, progress: JobProgress, *, keep: bool) -> None:
    outcomes: dict[str, FactOutcome] = {}
    try:
        with in_transaction():
            for number, name in enumerate(names):
                progress.report(percent=65 + 30 * number / len(names), stage=f"writing {name}", rows=result.rows_read)
                outcomes[name] = write_fact(space, name)
            remove_stale(space, outcomes)
            if space.has("mirror_pair"):
                again = space.script("mirror_stored")
                outcomes["order"].updated += again
            progress.report(percent=96, stage="reconciling", rows=result.rows_read)
            result.classes = reconcile(space)
            if not keep:
                raise _RolledBack
    except _RolledBack:
        pass
    result.facts = [outcomes[name] for name in all_facts() if name in outcomes]
