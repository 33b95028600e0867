"""A document as a workbook: how to read it and its figures first, then a sheet for each section."""

import datetime
import zoneinfo
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

from apps.analytics.metrics.declarations import Unit
from apps.documents.document import Document, Figure, Section
from apps.documents.units import unit_of
from apps.documents.workbooks.cells import BOLD, HEAD_FILL, number_format, text_cell, value_cell
from apps.documents.workbooks.charts import chart_rows, draw_charts, placed_charts
from apps.documents.workbooks.sheets import Sheet, add_sheet, quoted_name
from apps.documents.workbooks.tables import add_table

_WIDTHS = (34, 20, 20, 18, 90)
_TITLE = Font(bold=True, size=18, color="16262D")
_HEADING = Font(bold=True, size=13, color="0072B2")
_QUIET = Font(color="56666D")
_LINK = Font(color="0072B2", underline="single")
_TOP = Alignment(vertical="top", wrap_text=True)
_RIGHT = Alignment(horizontal="right")


def write_book(document: Document, file: IO[bytes]) -> None:
    """Write a document as a workbook."""
    workbook = new_workbook(document.title, document.organization, document.created_at)
    # Named first, so that no section takes its name; written last, when the names of the others are known.
    first = add_sheet(workbook, _("Overview"))
    sheets = [_section_sheet(workbook, section, document) for section in document.sections]
    _write_overview(first, document, sheets)
    workbook.save(file)


def new_workbook(title: str, creator: str = "", created_at: datetime.datetime | None = None) -> Workbook:
    """Return an empty workbook that is calculated when it is opened."""
    workbook = Workbook(write_only=True)
    workbook.properties.title = _plain(title)
    workbook.properties.creator = _plain(creator) or "Bellwether"
    if created_at is not None:
        instant = created_at.astimezone(datetime.UTC).replace(tzinfo=None)
        workbook.properties.created = workbook.properties.modified = instant
    workbook.calculation.fullCalcOnLoad = True
    return workbook


def _section_sheet(workbook: Workbook, section: Section, document: Document) -> Sheet | None:
    currency = document.notation.currency
    if section.table is not None:
        first_column = len(section.table.columns) + 2
        placed = placed_charts(section.charts, first_column)
        # Cells may be made before their sheet: they only need a workbook for their styles.
        rows = chart_rows(workbook.worksheets[0], placed, first_column, currency)
        sheet = add_table(workbook, section.table, section.title, rows)[0]
        draw_charts(sheet, placed, first_column, currency)
        return sheet
    if not section.charts:
        return None
    sheet = add_sheet(workbook, section.title)
    placed = placed_charts(section.charts, 1)
    for one in placed:
        sheet.column_dimensions[get_column_letter(one.column)].width = 24
    for row in chart_rows(sheet, placed, 1, currency):
        sheet.append(row)
    draw_charts(sheet, placed, 1, currency)
    return sheet


def _write_overview(sheet: Sheet, document: Document, sheets: list[Sheet | None]) -> None:
    for number, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.sheet_view.showGridLines = False
    sheet.append([_styled(sheet, document.title, _TITLE)])
    sheet.append([_styled(sheet, f"{document.organization} · {document.period}", _QUIET)])
    sheet.append([])
    zone = zoneinfo.ZoneInfo(document.notation.timezone)
    _write_figures(sheet, "", document.figures, document, zone)
    for section in document.sections:
        _write_figures(sheet, section.title, section.figures, document, zone)
    if document.sections:
        sheet.append([_styled(sheet, _("Sheets"), _HEADING)])
        for section, other in zip(document.sections, sheets, strict=True):
            sheet.append(_contents(sheet, section, other))
        sheet.append([])
    sheet.append([_styled(sheet, _("How to read this"), _HEADING)])
    for label, text in document.facts:
        sheet.append([_styled(sheet, label, BOLD), text_cell(sheet, text)])
    sheet.append([_styled(sheet, _("Written"), BOLD), text_cell(sheet, document.notation.instant(document.created_at))])
    if document.definitions:
        sheet.append([])
        sheet.append([_styled(sheet, _("Definitions"), _HEADING)])
    for definition in document.definitions:
        sheet.append([_styled(sheet, definition.label, BOLD), text_cell(sheet, definition.text)])


def _write_figures(
    sheet: Sheet, title: str, figures: tuple[Figure, ...], document: Document, zone: datetime.tzinfo
) -> None:
    if not figures:
        return
    if title:
        sheet.append([_styled(sheet, title, _HEADING)])
    heads = [_("Figure"), _("Value"), _("Earlier"), _("Change"), _("Note")]
    cells = [_styled(sheet, head, BOLD) for head in heads]
    for position, cell in enumerate(cells):
        cell.fill = HEAD_FILL
        if 0 < position < len(heads) - 1:
            cell.alignment = _RIGHT
    sheet.append(cells)
    for figure in figures:
        format_ = number_format(figure.kind, document.notation.currency)
        unit = unit_of(Unit(figure.kind.value), document.notation) if figure.kind.is_number else ""
        change = text_cell(sheet, figure.change.text if figure.change else "")
        change.alignment = _RIGHT
        sheet.append(
            [
                text_cell(sheet, f"{figure.label} ({unit})" if unit else figure.label),
                value_cell(sheet, figure.value, format_, zone),
                value_cell(sheet, figure.earlier, format_, zone),
                change,
                text_cell(sheet, figure.reason or (figure.change.title if figure.change else "")),
            ]
        )
    sheet.append([])


def _contents(sheet: Sheet, section: Section, other: Sheet | None) -> list[Any]:
    cell = _styled(sheet, section.title, BOLD)
    if other is not None:
        cell.font = _LINK
        cell.hyperlink = Hyperlink(ref="", location=f"{quoted_name(other)}!A1", display=_plain(section.title))
    return [cell, text_cell(sheet, " ".join(part for part in (section.about, section.note) if part))]


def _styled(sheet: Sheet, text: str, font: Font) -> Any:
    cell = text_cell(sheet, text)
    cell.font = font
    return cell


def _plain(text: str) -> str:
    """Return a text without what XML has no place for."""
    return "".join(letter for letter in text if letter.isprintable())
