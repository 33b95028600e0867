"""Texts in files that spreadsheets open: none may begin like a formula, which would run."""

import re

# Public for those who write files by SQL: the rule is this one.
SIGNS = "=+-@|＝＋－＠｜"  # spreadsheets read the wide ones alike
SKIPPED = " \t\r\n\v\f\xa0\ufeff\u200b\u3000'\""
NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*")


def guarded(text: str) -> str:
    """Return text with an apostrophe before what a spreadsheet would take for a formula; a number stays one."""
    begins = text.lstrip(SKIPPED)[:1]
    return f"'{text}" if begins and begins in SIGNS and not NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """Return what `guarded` was given."""
    return text[1:] if text.startswith("'") and guarded(text[1:]) == text else text
