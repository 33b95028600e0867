"""Texts in files that spreadsheets open: none may begin like a formula, which would run."""

import re
from collections.abc import Iterable

# Public for those who write files by SQL: the rule is this one.
SIGNS = "=+-@|＝＋－＠｜"  # spreadsheets read the wide ones alike
SKIPPED = " \t\r\n\v\f\xa0\ufeff\u200b\u3000'\""
NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*")
# Where a spreadsheet is set to another separator than the file's, quotes do not hold a text together.
SEPARATORS = ";\t\r\n"
_BEGINS_WITHIN = f"([{SEPARATORS}][{SKIPPED}]*)"
_SIGN_FOLLOWS = f"(?=[{SIGNS.replace('-', '')}-])"
WITHIN = re.compile(_BEGINS_WITHIN + _SIGN_FOLLOWS)
_GUARDED_WITHIN = re.compile(f"{_BEGINS_WITHIN}'{_SIGN_FOLLOWS}")


def guarded(text: str) -> str:
    """Return text with an apostrophe before what a spreadsheet would take for a formula; a number stays one.

    That is the text itself, and what follows a semicolon, a tab or a line end within it.
    """
    begins = text.lstrip(SKIPPED)[:1]
    runs = begins and begins in SIGNS and not NUMBER.fullmatch(text)
    within = WITHIN.sub(r"\1'", text)
    return f"'{within}" if runs else within


def quoted(text: str) -> str:
    """Return text as a cell of CSV that does not run, in quotes: no separator within it begins another cell."""
    return '"' + guarded(text).replace('"', '""') + '"'


def csv_line(cells: Iterable[str]) -> str:
    """Return written cells as a line of CSV (RFC 4180)."""
    return (",".join(cells) or '""') + "\r\n"


def unguarded(text: str) -> str:
    """Return what `guarded` was given."""
    within = _GUARDED_WITHIN.sub(r"\1", text)
    for given in (within[1:], within) if within.startswith("'") else (within,):
        if guarded(given) == text:
            return given
    return text
