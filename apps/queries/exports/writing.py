"""An export's rows, read at one moment, written into its file."""

import datetime
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from apps.accounts.access import Access
from apps.accounts.notation import current_notation
from apps.accounts.permissions import may_see_contact_details
from apps.analytics.metrics.doubts import as_said
from apps.analytics.metrics.fingerprint import FINGERPRINT
from apps.analytics.metrics.scope import Scope, scope_of
from apps.analytics.selectors import read_freshness
from apps.core.database import TENANT_DATABASE, in_snapshot, streaming_cursor
from apps.core.jobs import JobProgress
from apps.core.spreadsheets import csv_line, quoted
from apps.documents.csv import BYTE_ORDER_MARK
from apps.documents.tables import Column, Table
from apps.queries.datasets import DATASETS, Dataset, DatasetColumn, Form
from apps.queries.datasets.conditions import as_condition, ask_for_contact
from apps.queries.datasets.expressions import as_csv, seen
from apps.queries.errors import ExportFailed
from apps.queries.exports.copying import Progress, copy_out
from apps.queries.exports.documents import write_document
from apps.queries.exports.limits import most_rows, too_long
from apps.queries.exports.metrics import METRICS, kept_question, table_of
from apps.queries.exports.wording import asked_in_words
from apps.queries.models import DataExport, ExportFormat

_FETCHED = 2000
STAGE = "writing rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: rows of these columns, as of an instant, by a definition; whether contact details are in."""

    rows: int
    columns: tuple[Column, ...]
    as_of: datetime.datetime | None
    version: str
    has_contact_details: bool


def write_export(export: DataExport, access: Access, file: IO[bytes], progress: JobProgress) -> Written:
    """Write the rows as the role may see them now, all of them as of one moment.

    Raises:
        ExportFailed: there are more rows than the role or the format may have.
        JobCancelled: somebody cancelled.
        django.db.DatabaseError: the database refused, or took too long.
        OSError: the disk refuses.

    """
    if export.has_byte_order_mark and export.format == ExportFormat.CSV:
        file.write(BYTE_ORDER_MARK.encode())
    with in_snapshot(at_most=datetime.timedelta(seconds=settings.EXPORT_STATEMENT_SECONDS)) as cursor:
        if export.dataset == METRICS:
            return _write_answer(export, access, file, progress)
        return _write_rows(export, access, file, progress, cursor)


def rows_of(dataset: Dataset, conditions: Sequence[Any]) -> "models.QuerySet[Any]":
    """Return the rows of the organization of the context that meet the conditions, in the order of the file."""
    rows: models.QuerySet[Any] = dataset.model._default_manager.filter(as_condition(dataset, conditions))
    dated = dataset.dated_by if "__" not in dataset.dated_by else ""
    return rows.order_by(*([dated] if dated else []), "pk")


def has_contact(
    dataset: Dataset, columns: Sequence[DatasetColumn], conditions: Sequence[Any], *, in_full: bool
) -> bool:
    """Tell whether a file tells how customers can be reached: by a column, or by what its rows were found by."""
    return (in_full and any(column.mask for column in columns)) or ask_for_contact(dataset, conditions)


def _write_answer(export: DataExport, access: Access, file: IO[bytes], progress: JobProgress) -> Written:
    instant = export.question.get("as_of")
    scope = scope_of(access.organization, as_of=datetime.datetime.fromisoformat(instant) if instant else None)
    as_of = scope.freshness.as_of
    table = table_of(kept_question(export.question), scope, export.title)
    read = replace(table, facts=(*_facts(export, access, as_of), *_said(scope)))
    rows = write_document(read, export.format, file, _reporting(progress, 0))
    return Written(
        rows=rows,
        columns=table.columns,
        as_of=as_of,
        version=FINGERPRINT,
        has_contact_details=False,
    )


def _write_rows(export: DataExport, access: Access, file: IO[bytes], progress: JobProgress, cursor: Any) -> Written:
    dataset, in_full = DATASETS[export.dataset], may_see_contact_details(access)
    columns = dataset.chosen_columns(export.columns)
    cursor.execute("SELECT statement_timestamp()")
    (moment,) = cursor.fetchone()
    rows = rows_of(dataset, export.conditions)
    total = rows.order_by().count()
    if total > most_rows(access, export.format):
        raise ExportFailed(too_long(access, export.format, total))
    report = _reporting(progress, total)
    as_of = read_freshness(access.organization.pk).as_of if dataset.is_computed else moment
    written = tuple(column.of_document() for column in columns)
    if export.format == ExportFormat.CSV:
        count = _copy(cursor, rows, columns, access.organization.timezone, file, report, in_full=in_full)
    else:
        chosen = rows.values_list(*(seen(column, in_full=in_full) for column in columns))
        statement, parameters = _compiled(chosen)
        with streaming_cursor() as stream:
            stream.execute(statement, parameters)
            table = Table(
                title=dataset.label,
                columns=written,
                rows=_fetched(stream, columns),
                currency=access.organization.currency,
                timezone=access.organization.timezone,
                facts=_facts(export, access, as_of),
            )
            count = write_document(table, export.format, file, report)
    return Written(
        rows=count,
        columns=written,
        as_of=as_of,
        version=dataset.version,
        has_contact_details=has_contact(dataset, columns, export.conditions, in_full=in_full),
    )


def _copy(
    cursor: Any,
    rows: "models.QuerySet[Any]",
    columns: Sequence[DatasetColumn],
    timezone: str,
    file: IO[bytes],
    report: Progress,
    *,
    in_full: bool,
) -> int:
    file.write(csv_line(quoted(column.key) for column in columns).encode())
    chosen = rows.values_list(*(as_csv(column, in_full=in_full) for column in columns))
    statement, parameters = _compiled(chosen)
    cursor.execute("SELECT set_config('TimeZone', %s, true)", [timezone])
    texts = [column.form in {Form.TEXT, Form.OBJECT} for column in columns]
    count = copy_out(cursor, statement, parameters, texts, file, report)
    cursor.execute("SELECT set_config('TimeZone', 'UTC', true)")  # as Django expects instants that it reads
    return count


def _compiled(rows: Any) -> tuple[str, Any]:
    """Return a query as it is sent, also one of which Django knows that nothing meets its conditions."""
    compiled: tuple[str, Any] = rows.query.get_compiler(TENANT_DATABASE, elide_empty=False).as_sql()
    return compiled


def _facts(export: DataExport, access: Access, as_of: datetime.datetime | None) -> tuple[tuple[str, str], ...]:
    told = [(_("Organization"), access.organization.name), *asked_in_words(export, export.filters)]
    if as_of is not None:
        told.append((_("As of"), current_notation().instant(as_of)))
    return tuple(told)


def _said(scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield of which instant of the past an answer is, and what it cannot know of it."""
    said = as_said(scope)
    if said is not None:
        yield _("As said on"), f"{current_notation().instant(said.instant)} ({scope.organization.timezone})"
        yield from ((_("Not known of then"), one.message) for one in said.unknown)


def _fetched(stream: Any, columns: Sequence[DatasetColumn]) -> Iterator[Sequence[Any]]:
    objects = [place for place, column in enumerate(columns) if column.form == Form.OBJECT]
    while rows := stream.fetchmany(_FETCHED):
        for row in rows:
            yield _with_objects(row, objects) if objects else row


def _with_objects(row: Sequence[Any], places: Sequence[int]) -> Sequence[Any]:
    """Return the row with what the driver leaves as the text of JSON."""
    cells = list(row)
    for place in places:
        cells[place] = None if cells[place] is None else json.loads(cells[place])
    return cells


def _reporting(progress: JobProgress, total: int) -> Progress:
    def report(count: int) -> None:
        progress.report(percent=100 * count / max(1, total), stage=STAGE, rows=count)

    return report
