"""Workbooks: native numbers and days, totals that calculate, charts, texts that are never formulas."""

from io import BytesIO
from typing import IO

from apps.documents.document import Document
from apps.documents.tables import Table
from apps.documents.workbooks.books import new_workbook, write_book
from apps.documents.workbooks.tables import add_table


def write_workbook(table: Table) -> IO[bytes]:
    """Return an open file with a workbook of one table."""
    file = BytesIO()
    write_table_of(table, file)
    file.seek(0)
    return file


def write_table_of(table: Table, file: IO[bytes]) -> None:
    """Write a workbook of one table in constant memory; a sheet after the other where one has not enough rows."""
    with new_workbook(file, table.title) as workbook:
        add_table(workbook, table, table.title)


def write_document(document: Document, file: IO[bytes]) -> None:
    """Write a workbook of a document: how to read it and its figures first, then a sheet for each section."""
    write_book(document, file)
