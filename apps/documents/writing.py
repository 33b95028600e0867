"""Documents become files."""

import json
from collections.abc import Mapping
from typing import IO

from apps.documents.csv import csv_lines
from apps.documents.document import Document
from apps.documents.xlsx import write_workbook

CONTENT_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


def write(document: Document, format_: str, file: IO[bytes]) -> int:
    """Write a document and return how many rows of tables it has.

    Raises:
        DocumentError: it cannot be written like this.

    """
    tables = list(document.tables())
    if format_ == "xlsx":
        file.write(write_workbook(tables[0]).read())
    elif format_ == "csv":
        file.writelines(line.encode() for line in csv_lines(tables[0]))
    elif format_ == "json":
        figures = {figure.key: str(figure.value) for figure in document.figures}
        file.write(json.dumps({"title": document.title, "figures": figures, "facts": document.facts}).encode())
    else:
        file.write(b"%PDF-1.4\n")
    return sum(len(list(table.rows)) for table in tables)
