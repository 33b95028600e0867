"""Ask for an export, cancel one, take its file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import Access
from apps.accounts.models import Role
from apps.accounts.permissions import may_see_contact_details
from apps.core.context import organization_context
from apps.core.database import after_commit, in_transaction, tenant_cursor
from apps.core.files import open_stored
from apps.core.jobs import cancel_job, latest_job, queue_job
from apps.core.locks import Lock, take_lock
from apps.queries.datasets import DATASETS, Dataset
from apps.queries.datasets.conditions import conditions_of, read_filters
from apps.queries.errors import ExportEnded, ExportRefused
from apps.queries.exports.limits import COUNTED_AT_ONCE, check_limits, most_rows, too_long
from apps.queries.exports.metrics import METRICS, read_question
from apps.queries.exports.running import EXPORT_JOB, enqueue
from apps.queries.exports.writing import has_contact, rows_of
from apps.queries.models import (
    FINISHED_STATUSES,
    DataExport,
    ExportAction,
    ExportEvent,
    ExportFormat,
    ExportStatus,
)

WITHHELD = "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks or takes: what they may do, by which way they came, and their address where that is known."""

    access: Access
    trigger: str
    address: str | None = None


def request_export(
    *,
    asker: Asker,
    dataset: str,
    format_: str,
    filters: Mapping[str, Any] | None = None,
    columns: Sequence[str] = (),
    has_byte_order_mark: bool = False,
) -> DataExport:
    """Have a worker write rows of a dataset into a file; the worker begins after the commit.

    Raises:
        ExportRefused: there is no such dataset, format, filter or column, or there are too many rows; it is named.
        TooManyExports: a limit is reached.

    """
    found = _dataset(dataset)
    access = asker.access
    today = access.organization.calendar.business_date(timezone.now())
    with organization_context(access.organization.pk):
        understood, conditions = read_filters(
            found,
            filters or {},
            organization=access.organization,
            today=today,
            in_full=may_see_contact_details(access),
        )
        return _open(
            asker,
            found,
            format_,
            filters=understood,
            conditions=conditions,
            columns=columns,
            has_byte_order_mark=has_byte_order_mark,
        )


def request_list_export(
    *, asker: Asker, dataset: str, format_: str, asked: Sequence[Q], told: Mapping[str, Any]
) -> DataExport:
    """Have a worker write the rows that a list shows: what the database is asked for, and the same for people.

    Raises:
        ExportRefused: there is no such dataset or format, a filter cannot be kept, or there are too many rows.
        TooManyExports: a limit is reached.

    """
    found, access = _dataset(dataset), asker.access
    in_full = may_see_contact_details(access)
    with organization_context(access.organization.pk):
        conditions = [one for each in asked for one in conditions_of(found, each, in_full=in_full)]
        return _open(asker, found, format_, filters=dict(told), conditions=conditions, has_byte_order_mark=True)


def request_metric_export(
    *, asker: Asker, format_: str, question: Mapping[str, Any], has_byte_order_mark: bool = False
) -> DataExport:
    """Have a worker write the answer to a question to the metrics, of the parameters of /api/analytics/query.

    Raises:
        rest_framework.exceptions.ValidationError: a parameter cannot be read.
        ExportRefused: the question cannot be asked, or there is no such format; the parameter is named.
        TooManyExports: a limit is reached.

    """
    _check_format(format_)
    kept = read_question(question, asker.access.organization)
    return _enter(
        asker,
        DataExport(
            dataset=METRICS,
            title=_("Metrics"),
            format=format_,
            question=kept,
            has_byte_order_mark=has_byte_order_mark,
        ),
    )


def cancel_export(*, asker: Asker, export: DataExport) -> None:
    """Stop an export: at once when nobody works on it, else at its next report of progress. No file stays.

    Raises:
        ExportEnded: there is nothing to stop.

    """
    with in_transaction(), organization_context(export.organization_id):
        going_on = DataExport.objects.filter(pk=export.pk).exclude(status__in=FINISHED_STATUSES)
        if not going_on.update(status=ExportStatus.CANCELLED, finished_at=timezone.now()):
            raise ExportEnded(_("This export has ended already."))
        job = latest_job(export.pk)
        if job:
            cancel_job(job.pk)
        _note(asker, export, ExportAction.CANCELLED)


def may_cancel(access: Access, export: DataExport) -> bool:
    """Tell whether a member may stop an export: their own, and as an analyst anybody's."""
    return export.created_by_id == access.user.pk or access.may(Role.ANALYST)


def may_take(access: Access, export: DataExport) -> bool:
    """Tell whether a member may have the file: one with contact details is for those who see them."""
    return not export.has_contact_details or may_see_contact_details(access)


def filters_for(access: Access, export: DataExport) -> dict[str, Any]:
    """Return what the rows were kept by; of a file that the member may not have, without the values."""
    return dict(export.filters) if may_take(access, export) else dict.fromkeys(export.filters, WITHHELD)


def take_file(*, asker: Asker, export: DataExport) -> IO[bytes]:
    """Return the file, open for reading, and write down who took it. The caller has checked that it may be taken.

    Raises:
        FileNotFoundError: it is gone.

    """
    file = open_stored(export.organization_id, export.stored_name)
    with organization_context(export.organization_id):
        _note(asker, export, ExportAction.DOWNLOADED)
    return file


def _open(
    asker: Asker,
    dataset: Dataset,
    format_: str,
    *,
    filters: Mapping[str, Any],
    conditions: list[Any],
    columns: Sequence[str] = (),
    has_byte_order_mark: bool,
) -> DataExport:
    _check_format(format_)
    _check_columns(dataset, columns)
    most = most_rows(asker.access, format_)
    rows = rows_of(dataset, conditions)
    if most <= COUNTED_AT_ONCE and rows.order_by().values("pk")[: most + 1].count() > most:
        raise ExportRefused("filters", too_long(asker.access, format_))
    chosen = dataset.chosen_columns(columns)
    return _enter(
        asker,
        DataExport(
            dataset=dataset.key,
            title=dataset.label,
            format=format_,
            filters=filters,
            conditions=conditions,
            columns=[column.key for column in chosen],
            has_byte_order_mark=has_byte_order_mark,
            has_contact_details=has_contact(dataset, chosen, conditions, in_full=may_see_contact_details(asker.access)),
        ),
    )


def _enter(asker: Asker, export: DataExport) -> DataExport:
    """Write the export down within the limits, and hand it to the queue when that is committed."""
    access = asker.access
    with in_transaction(), organization_context(access.organization.pk):
        with tenant_cursor() as cursor:
            take_lock(cursor, Lock.EXPORT, access.organization.pk)
        check_limits(access, now=timezone.now())
        export.organization, export.created_by, export.trigger = access.organization, access.user, asker.trigger
        export.save(force_insert=True)
        _note(asker, export, ExportAction.REQUESTED)
        job = queue_job(
            kind=EXPORT_JOB, trigger=asker.trigger, organization_id=access.organization.pk, subject_id=export.pk
        )
        after_commit(lambda: enqueue(job.pk))
    return export


def _note(asker: Asker, export: DataExport, action: str) -> None:
    ExportEvent.objects.create(
        organization_id=export.organization_id,
        export=export,
        action=action,
        user=asker.access.user,
        address=asker.address,
        rows=export.rows,
    )


def _dataset(key: str) -> Dataset:
    if key not in DATASETS:
        raise ExportRefused("dataset", f"Give one of {', '.join((*DATASETS, METRICS))}.")
    return DATASETS[key]


def _check_format(format_: str) -> None:
    if format_ not in ExportFormat.values:
        raise ExportRefused("format", f"Give one of {', '.join(ExportFormat.values)}.")


def _check_columns(dataset: Dataset, keys: Sequence[str]) -> None:
    known = [column.key for column in dataset.columns]
    for key in keys:
        if key not in known:
            raise ExportRefused("columns", f"There is no column {key!r}; there are {', '.join(known)}.")
