"""A document as PDF: a cover with the figures that matter, then its sections, then what the terms mean."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, Self

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from apps.accounts.notation import Notation, current_notation
from apps.documents.document import Document, Section
from apps.documents.errors import DocumentError
from apps.documents.palette import ACCENT, LINE, QUIET
from apps.documents.pdf.blocks import Cards, Entry, Pair, Paragraph, Rule
from apps.documents.pdf.charts import chart_block
from apps.documents.pdf.composer import MARGIN, Composer, Leaf, Stack
from apps.documents.pdf.fonts import base_font
from apps.documents.pdf.paper import Page
from apps.documents.pdf.pen import Pen
from apps.documents.pdf.tables import Grid, Rows, Shape, grid_of, shapes_of
from apps.documents.pdf.text import fitted, line_of
from apps.documents.tables import Table

MOST_ROWS = 10_000
_ROOM_OF_A_SECTION = 0.4  # of a page, that is worth beginning a section in
rl_config.useA85 = 0  # streams as bytes: a quarter smaller, and much faster than as letters
_EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def write_pdf(document: Document, file: IO[bytes], page: Page) -> None:
    """Write a document. Of each table the first `MOST_ROWS` rows, and how many there are."""
    composer = Composer(page.size)
    _cover(composer, document)
    for number, section in enumerate(document.sections):
        sheet = None if section.table is None else Laid.of(section.table, document.notation, composer)
        is_lying = sheet is not None and sheet.is_lying
        if number == 0 or is_lying != composer.is_lying or composer.room < composer.whole * _ROOM_OF_A_SECTION:
            composer.start_page(is_lying=is_lying)
        composer.space(22)
        _section(composer, section, sheet, number, document)
    if composer.is_lying:
        composer.start_page()
    _definitions(composer, document)
    footer = _("%(period)s · %(zone)s · as of %(instant)s") % {
        "period": document.period,
        "zone": document.notation.timezone,
        "instant": document.notation.instant(document.as_of or document.created_at),
    }
    canvas = _canvas(file, page, document.title, document.organization, document.period, document.created_at)
    _paint(composer, canvas, document.title, document.organization, footer)


def write_pdf_of_table(table: Table, file: IO[bytes], page: Page) -> None:
    """Write a table and nothing else, in the notation in force.

    Raises:
        DocumentError: it has more than `MOST_ROWS` rows.

    """
    notation = replace(current_notation(), currency=table.currency, timezone=table.timezone)
    rows = list(islice(table.rows, MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        most = notation.number(MOST_ROWS)
        raise DocumentError(
            _("A PDF has room for %(rows)s rows, and there are more. Choose CSV or XLSX, or fewer days.")
            % {"rows": most}
        )
    composer = Composer(page.size)
    sheet = Laid.of(replace(table, rows=rows), notation, composer)
    composer.start_page(is_lying=sheet.is_lying)
    composer.mark("table", table.title)
    composer.place(Paragraph(text=table.title, size=16, is_bold=True, below=8))
    for label, text in table.facts:
        composer.place(Pair(term=label, text=text, most=4))
    composer.space(8)
    _table(composer, sheet, nothing=_("There are no rows."))
    canvas = _canvas(file, page, table.title, "", "", _EPOCH)
    _paint(composer, canvas, table.title, "", table.timezone)


def _cover(composer: Composer, document: Document) -> None:
    composer.mark("cover", document.title)
    composer.place(Paragraph(text=document.organization, size=10.5, colour=QUIET, below=10, most=2))
    composer.place(Paragraph(text=document.title, size=26, is_bold=True, below=2, most=3))
    composer.place(Paragraph(text=document.period, size=13, colour=QUIET, below=10, most=2))
    if document.as_said:
        composer.place(Paragraph(text=document.as_said, size=13, is_bold=True, below=10, most=2))
    composer.place(Rule(length=56, colour=ACCENT, thickness=2.5, below=18))
    if document.notice:
        composer.place(Pair(term=_("Not complete"), text=document.notice, size=9.5, is_tinted=True))
        composer.space(10)
    for row in Cards.rows(document.figures, document.notation):
        composer.place(row)
    if document.sections:
        composer.space(12)
        composer.place(_heading(_("Contents")), with_next=40)
        for number, section in enumerate(document.sections):
            composer.place(Entry(_key(number), section.title, composer.page_of))
        if document.definitions:
            composer.place(Entry("definitions", _("Definitions"), composer.page_of))
    if document.facts:
        composer.space(16)
        composer.place(_heading(_("How to read this")), with_next=40)
        for label, text in document.facts:
            composer.place(Pair(term=label, text=text))


def _section(composer: Composer, section: Section, sheet: "Laid | None", number: int, document: Document) -> None:
    composer.mark(_key(number), section.title)
    top = [Paragraph(text=section.title, size=16, is_bold=True, below=3, most=3)]
    if section.about:
        top.append(Paragraph(text=section.about, colour=QUIET, below=10, most=8))
    composer.place(Stack(top), with_next=90)
    for row in Cards.rows(section.figures, document.notation, is_small=True):
        composer.place(row)
    for chart in section.charts:
        composer.space(6)
        composer.place(chart_block(chart, document.notation))
    if section.note:  # above the table: below it a page may end in between
        composer.space(4)
        composer.place(Paragraph(text=section.note, size=8.5, colour=QUIET, most=30), with_next=60 if sheet else 0)
    if sheet is not None:
        composer.space(8)
        _table(composer, sheet, nothing=_("There are no rows in this period."))


@dataclass(frozen=True, slots=True)
class Laid:
    """A table in words, how it fits the pages, and how many rows it has beyond those that are shown."""

    grid: Grid
    shapes: Sequence[Shape]
    more: int
    notation: Notation

    @classmethod
    def of(cls, table: Table, notation: Notation, composer: Composer) -> Self:
        """Read a table; of more than `MOST_ROWS` rows the rest is counted."""
        rows = iter(table.rows)
        grid = grid_of(table, notation, islice(rows, MOST_ROWS))
        upright, lying = composer.widths()
        return cls(grid, shapes_of(grid, upright, lying), sum(1 for _row in rows), notation)

    @property
    def is_lying(self) -> bool:
        """Whether it needs pages that lie."""
        return self.shapes[0].is_lying


def _table(composer: Composer, sheet: Laid, *, nothing: str) -> None:
    grid, shapes = sheet.grid, sheet.shapes
    if not grid.rows:
        composer.place(Paragraph(text=nothing, colour=QUIET))
        return
    for number, shape in enumerate(shapes, start=1):
        if len(shapes) > 1:
            text = _("Part %(number)s of %(count)s of a table that is wider than a page") % {
                "number": number,
                "count": len(shapes),
            }
            composer.space(10)
            composer.place(Paragraph(text=text, size=8.5, colour=QUIET), with_next=80)
        composer.place(Rows.of(grid, shape))
    if sheet.more:
        text = _("The first %(shown)s of %(all)s rows; the workbook has all of them.") % {
            "shown": sheet.notation.number(len(grid.rows)),
            "all": sheet.notation.number(len(grid.rows) + sheet.more),
        }
        composer.place(Paragraph(text=text, size=8.5, colour=QUIET))


def _definitions(composer: Composer, document: Document) -> None:
    if not document.definitions:
        return
    composer.space(24)
    first = document.definitions[0]
    boxes = [Pair(term=one.label, text=one.text, is_tinted=True) for one in document.definitions]
    if composer.room < 60 + boxes[0].height(composer.width):
        composer.start_page()
    composer.mark("definitions", _("Definitions"))
    composer.place(_heading(_("Definitions")), with_next=boxes[0].height(composer.width) if first else 0)
    for box in boxes:
        composer.place(box)


def _heading(text: str) -> Paragraph:
    return Paragraph(text=text, size=12, is_bold=True, below=6)


def _key(number: int) -> str:
    return f"section-{number}"


def _canvas(file: IO[bytes], page: Page, title: str, author: str, subject: str, instant: datetime.datetime) -> Canvas:
    """Return a canvas whose bytes depend on nothing but what is drawn."""
    canvas = Canvas(
        file,
        pagesize=page.size,
        invariant=1,
        pageCompression=1,
        initialFontName=base_font(),
        lang=get_language() or "en",
    )
    stamp = canvas._doc._timeStamp  # noqa: SLF001 - reportlab has no other way to set its clock
    utc = instant.astimezone(datetime.UTC)
    stamp.t, stamp.lt, stamp.YMDhms = utc.timestamp(), utc.timetuple(), tuple(utc.timetuple())[:6]
    canvas.setTitle(title)
    canvas.setAuthor(author or "Bellwether")
    canvas.setSubject(subject)
    canvas.setCreator("Bellwether")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    canvas.showOutline()
    return canvas


def _paint(composer: Composer, canvas: Canvas, title: str, organization: str, footer: str) -> None:
    def finish(pen: Pen, leaf: Leaf, number: int, count: int) -> None:
        right, width = leaf.width - MARGIN, leaf.width - 2 * MARGIN
        page = line_of(_("Page %(number)s of %(count)s") % {"number": number, "count": count})
        pen.stroke([(MARGIN, 40), (right, 40)], LINE, 0.5)
        pen.text(MARGIN, 28, fitted(footer, 7.5, width - 90), 7.5, colour=QUIET)
        pen.text(right, 28, page, 7.5, colour=QUIET, align="right")
        if number > 1:
            head = " · ".join(part for part in (organization, title) if part)
            pen.text(MARGIN, leaf.height - 38, fitted(head, 7.5, width), 7.5, colour=QUIET)
            pen.stroke([(MARGIN, leaf.height - 45), (right, leaf.height - 45)], LINE, 0.5)

    composer.paint(canvas, finish)
    canvas.save()
