"""A document as PDF."""

from typing import IO

from django.utils.translation import gettext as _
from reportlab.pdfgen.canvas import Canvas

from apps.documents.document import Document
from apps.documents.errors import DocumentError
from apps.documents.pdf.paper import Page
from apps.documents.tables import Table

MOST_ROWS = 10_000


def write_pdf(document: Document, file: IO[bytes], page: Page) -> None:
    """Write a document."""
    canvas = Canvas(file, pagesize=page.size, invariant=1)
    lines = [document.title, document.period, *(f"{label}: {text}" for label, text in document.facts)]
    lines += [f"{figure.label}: {figure.value}" for figure in document.figures]
    for section in document.sections:
        lines.append(section.title)
        if section.table is not None:
            lines += [" | ".join(str(value) for value in row) for row in section.table.rows]
    _write(canvas, lines, page)


def write_pdf_of_table(table: Table, file: IO[bytes], page: Page) -> None:
    """Write a table."""
    rows = []
    for row in table.rows:
        rows.append(" | ".join(str(value) for value in row))
        if len(rows) > MOST_ROWS:
            raise DocumentError(_("A PDF has at most %(rows)s rows.") % {"rows": MOST_ROWS})
    _write(Canvas(file, pagesize=page.size, invariant=1), rows, page)


def _write(canvas: Canvas, lines: list[str], page: Page) -> None:
    y = page.size[1] - 50
    for line in lines:
        if y < 50:
            canvas.showPage()
            y = page.size[1] - 50
        canvas.drawString(50, y, line.encode("latin-1", "replace").decode("latin-1"))
        y -= 14
    canvas.save()
