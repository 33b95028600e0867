"""A document as a workbook: how to read it and its figures first, then a sheet for each section."""

import datetime
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.writer.excel import ExcelWriter

from apps.analytics.metrics.declarations import Unit
from apps.documents.document import Document, Figure, Section
from apps.documents.palette import ACCENT, INK, QUIET
from apps.documents.units import unit_of
from apps.documents.workbooks.cells import BOLD, FONT, HEAD_FILL, number_format, text_cell, value_cell
from apps.documents.workbooks.charts import ROWS_OF_A_CHART, chart_rows, draw_charts, placed_charts
from apps.documents.workbooks.sheets import Sheet, add_sheet, quoted_name
from apps.documents.workbooks.tables import HEIGHT_OF_A_LINE, add_table, columns_of

_WIDTHS = (34, 18, 18, 14, 70)
_TITLE = Font(name=FONT, bold=True, size=20, color=INK[1:])
_HEADING = Font(name=FONT, bold=True, size=13, color=ACCENT[1:])
_QUIET = Font(name=FONT, size=11, color=QUIET[1:])
_LINK = Font(name=FONT, size=11, bold=True, color=ACCENT[1:], underline="single")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_TOP = Alignment(vertical="top")
_LETTERS_OF_A_LINE = sum(_WIDTHS[1:])
_MOST_LINES = 25  # no row is higher in Excel
_RIGHT = Alignment(horizontal="right")
_INDENTED = Alignment(horizontal="left", indent=1)


def write_book(document: Document, file: IO[bytes]) -> None:
    """Write a document as a workbook."""
    with new_workbook(file, document.title, document.organization, document.created_at) as workbook:
        # Named first, so that no section takes its name; written last, when the names of the others are known.
        first = add_sheet(workbook, _("Overview"))
        sheets = [_section_sheet(workbook, section, document) for section in document.sections]
        _write_overview(first, document, sheets)


@contextmanager
def new_workbook(
    file: IO[bytes], title: str, creator: str = "", created_at: datetime.datetime | None = None
) -> Iterator[Workbook]:
    """Return an empty workbook that is calculated when it is opened; write it to the file at the end.

    One that is stopped leaves nothing open and nothing on the disk.
    """
    workbook = _empty_workbook(title, creator, created_at)
    try:
        yield workbook
        # workbook.save() would leave the archive open where the file refuses it.
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            ExcelWriter(workbook, archive).write_data()
    finally:
        for sheet in workbook.worksheets:
            sheet.discard()


def _empty_workbook(title: str, creator: str, created_at: datetime.datetime | None) -> Workbook:
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
        if placed:  # the cells behind the drawings are not for paper
            height = max(sheet.height, len(placed) * ROWS_OF_A_CHART)
            sheet.print_area = f"A1:{get_column_letter(placed[0].column - 1)}{height}"
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
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.append([_styled(sheet, document.title, _TITLE)])
    sheet.append([_styled(sheet, f"{document.organization} · {document.period}", _QUIET)])
    if document.as_said:
        sheet.append([_styled(sheet, document.as_said, _HEADING)])
    if document.notice:
        _append_pair(sheet, _styled(sheet, _("Not complete"), BOLD), document.notice)
    sheet.append([])
    zone = zoneinfo.ZoneInfo(document.notation.timezone)
    _write_figures(sheet, "", document.figures, document, zone)
    for section in document.sections:
        _write_figures(sheet, section.title, section.figures, document, zone)
    if document.sections:
        sheet.append([_styled(sheet, _("Sheets"), _HEADING)])
        for section, other in zip(document.sections, sheets, strict=True):
            text = " ".join(part for part in (section.about, section.note) if part)
            _append_pair(sheet, _link(sheet, section, other), text)
        sheet.append([])
    sheet.append([_styled(sheet, _("How to read this"), _HEADING)])
    for label, text in document.facts:
        _append_pair(sheet, _styled(sheet, label, BOLD), text)
    _append_pair(sheet, _styled(sheet, _("Written"), BOLD), document.notation.instant(document.created_at))
    if document.definitions:
        sheet.append([])
        sheet.append([_styled(sheet, _("Definitions"), _HEADING)])
    for definition in document.definitions:
        _append_pair(sheet, _styled(sheet, definition.label, BOLD), definition.text)


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
    cells[-1].alignment = _INDENTED
    sheet.append(cells)
    for figure in figures:
        format_ = number_format(figure.kind, document.notation.currency)
        unit = unit_of(Unit(figure.kind.value), document.notation) if figure.kind.is_number else ""
        change = text_cell(sheet, figure.change.text if figure.change else "")
        change.alignment = _RIGHT
        note = text_cell(sheet, figure.reason or (figure.change.title if figure.change else ""))
        note.alignment = _INDENTED
        sheet.append(
            [
                text_cell(sheet, f"{figure.label} ({unit})" if unit else figure.label),
                value_cell(sheet, figure.value, format_, zone),
                value_cell(sheet, figure.earlier, format_, zone),
                change,
                note,
            ]
        )
    sheet.append([])


def _append_pair(sheet: Sheet, term: Any, text: str) -> None:
    """Write a term and a text beside it, over as many lines as it needs."""
    term.alignment = _TOP
    cell = text_cell(sheet, text)
    cell.alignment = _WRAPPED
    row = sheet.height + 1
    sheet.merged_cells.add(f"B{row}:{get_column_letter(len(_WIDTHS))}{row}")
    lines = sum(1 + columns_of(line) // _LETTERS_OF_A_LINE for line in text.split("\n"))
    sheet.row_dimensions[row].height = min(lines, _MOST_LINES) * HEIGHT_OF_A_LINE
    sheet.append([term, cell])


def _link(sheet: Sheet, section: Section, other: Sheet | None) -> Any:
    cell = _styled(sheet, section.title, BOLD)
    if other is not None:
        cell.font = _LINK
        cell.hyperlink = Hyperlink(ref="", location=f"{quoted_name(other)}!A1", display=_plain(section.title))
    return cell


def _styled(sheet: Sheet, text: str, font: Font) -> Any:
    cell = text_cell(sheet, text)
    cell.font = font
    return cell


def _plain(text: str) -> str:
    """Return a text without what XML has no place for."""
    return "".join(letter for letter in text if letter.isprintable())
