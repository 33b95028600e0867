"""Texts in files that spreadsheets open: none may begin like a formula, which would run."""

import re
from collections.abc import Iterable

# Public for those who write files by SQL: the rule is this one.
SIGNS = "=+-@|＝＋－＠｜"  # spreadsheets read the wide ones alike
SKIPPED = " \t\r\n\v\f\xa0\ufeff\u200b\u3000'\""
NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*")


def guarded(text: str) -> str:
    """Return text with an apostrophe before what a spreadsheet would take for a formula; a number stays one."""
    begins = text.lstrip(SKIPPED)[:1]
    return f"'{text}" if begins and begins in SIGNS and not NUMBER.fullmatch(text) else text


def quoted(text: str) -> str:
    """Return text as a cell of CSV that does not run, in quotes: no separator within it begins another cell."""
    return '"' + guarded(text).replace('"', '""') + '"'


def csv_line(cells: Iterable[str]) -> str:
    """Return written cells as a line of CSV (RFC 4180)."""
    return (",".join(cells) or '""') + "\r\n"


def unguarded(text: str) -> str:
    """Return what `guarded` was given."""
    return text[1:] if text.startswith("'") and guarded(text[1:]) == text else text
