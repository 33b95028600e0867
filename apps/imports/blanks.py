"""Empty files to fill in, made from a mapping: the columns, what each means, and an example row."""

import csv
import io

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from apps.imports.mapping.schema import Column, FileSpec, Type


def blank_csv(spec: FileSpec) -> str:
    """Return a CSV file with a header and an example row."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(_headers(spec))
    writer.writerow(column.example for column in _columns(spec))
    return target.getvalue()


def blank_xlsx(spec: FileSpec) -> bytes:
    """Return a workbook with a header, whose cells carry comments, and an example row. Every cell is text."""
    book = Workbook()
    sheet = book.active
    sheet.title = spec.role[:31]
    for number, column in enumerate(_columns(spec), 1):
        cell = sheet.cell(1, number, column.headers[0])
        cell.font = Font(bold=True)
        cell.comment = Comment(f"{column.help}\n{_kind(column)}".strip(), "Bellwether", width=320, height=110)
        example = sheet.cell(2, number, column.example or None)
        example.number_format = "@"
        sheet.column_dimensions[cell.column_letter].width = max(14, len(column.headers[0]) + 4)
    sheet.freeze_panes = "A2"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _columns(spec: FileSpec) -> list[Column]:
    seen: dict[str, Column] = {}
    for column in spec.columns.values():
        seen.setdefault(column.headers[0], column)
    return list(seen.values())


def _headers(spec: FileSpec) -> list[str]:
    return [column.headers[0] for column in _columns(spec)]


def _kind(column: Column) -> str:
    kinds = {
        Type.AMOUNT: "An amount, such as 12.50.",
        Type.QUANTITY: "A quantity, at most three decimals.",
        Type.PRICE: "A price, at most four decimals.",
        Type.INTEGER: "A whole number.",
        Type.INSTANT: "Date and time, ISO 8601.",
        Type.DATE: "A date, YYYY-MM-DD.",
        Type.BOOLEAN: "yes or no.",
        Type.CURRENCY: "ISO 4217 code.",
        Type.TEXT: "Text.",
    }
    return f"{kinds[column.type]} {'Required.' if column.required else 'May be empty.'}"
