"""Documents and tables as files."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import IO

from django.utils.translation import gettext as _

from apps.core.downloads import CONTENT_TYPES
from apps.documents.csv import BYTE_ORDER_MARK, csv_lines
from apps.documents.document import Document
from apps.documents.errors import DocumentError
from apps.documents.json import document_parts, table_parts
from apps.documents.pdf.paper import Page
from apps.documents.pdf.reports import MOST_ROWS as MOST_ROWS_OF_A_PDF
from apps.documents.pdf.reports import write_pdf, write_pdf_of_table
from apps.documents.tables import Column, CountedRows, Kind, Table
from apps.documents.xlsx import write_document, write_table_of

__all__ = ["MOST_ROWS_OF_A_PDF", "DocumentError", "Page", "write", "write_table"]

_LINES_AT_ONCE = 1_000


def write(
    document: Document, format_: str, file: IO[bytes], *, page: Page = Page.A4, byte_order_mark: bool = True
) -> int:
    """Write a document as pdf, xlsx, csv or json; return how many rows its tables had.

    A CSV has the first table of the document, or its figures where it has no table; with the byte order mark Excel
    reads it as UTF-8. A PDF has the first `MOST_ROWS_OF_A_PDF` rows of each table and says how many there are. Rows
    are read once: a table whose rows are an iterator can be written once.

    Raises:
        DocumentError: there is no such format.

    """
    if format_ == "csv":
        table = next(document.tables(), None) or figures_table(document)
        return write_table(table, format_, file, byte_order_mark=byte_order_mark)
    counted, counters = _counted(document)
    if format_ == "pdf":
        write_pdf(counted, file, page)
    elif format_ == "xlsx":
        write_document(counted, file)
    elif format_ == "json":
        file.writelines(document_parts(counted))
    else:
        raise _unknown(format_)
    return sum(rows.count for rows in counters)


def write_table(
    table: Table, format_: str, file: IO[bytes], *, page: Page = Page.A4, byte_order_mark: bool = True
) -> int:
    """Write a table as csv, xlsx or json in constant memory, or as pdf; return how many rows it had.

    Raises:
        DocumentError: there is no such format, or the table has more than `MOST_ROWS_OF_A_PDF` rows for a PDF.

    """
    rows = CountedRows(table.rows)
    table = replace(table, rows=rows)
    if format_ == "csv":
        if byte_order_mark:
            file.write(BYTE_ORDER_MARK.encode())
        file.writelines(_encoded(csv_lines(table)))
    elif format_ == "xlsx":
        write_table_of(table, file)
    elif format_ == "json":
        file.writelines(table_parts(table))
    elif format_ == "pdf":
        write_pdf_of_table(table, file, page)
    else:
        raise _unknown(format_)
    return rows.count


def figures_table(document: Document) -> Table:
    """Return the figures that matter as a table, each with its unit."""
    figures = [*document.figures, *(figure for section in document.sections for figure in section.figures)]
    currency = document.notation.currency
    return Table(
        title=document.title,
        columns=(
            Column("figure", _("Figure")),
            Column("unit", _("Unit")),
            Column("value", _("Value"), Kind.NUMBER),
            Column("earlier", _("Earlier"), Kind.NUMBER),
            Column("note", _("Note")),
        ),
        rows=[
            (
                figure.label,
                currency if figure.kind == Kind.MONEY else figure.kind.value,
                figure.value,
                figure.earlier,
                figure.reason,
            )
            for figure in figures
        ],
        currency=currency,
        timezone=document.notation.timezone,
    )


def _counted(document: Document) -> tuple[Document, list[CountedRows]]:
    counters, sections = [], []
    for section in document.sections:
        if section.table is not None:
            rows = CountedRows(section.table.rows)
            counters.append(rows)
            section = replace(section, table=replace(section.table, rows=rows))
        sections.append(section)
    return replace(document, sections=tuple(sections)), counters


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    lines = iter(lines)
    while batch := "".join(islice(lines, _LINES_AT_ONCE)):
        yield batch.encode(errors="replace")


def _unknown(format_: str) -> DocumentError:
    return DocumentError(
        _("There is no format “%(format)s”. Choose one of: %(formats)s.")
        % {"format": format_[:20], "formats": ", ".join(CONTENT_TYPES)}
    )
