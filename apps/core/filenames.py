"""Names of files that people download: readable, and harmless to every file system and header."""

import re
import unicodedata

_LONGEST = 120
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


def file_name(title: str, suffix: str) -> str:
    """Return a name out of a text that anybody may have written: letters and digits of every script, joined by hyphens.

    `suffix` is like `pdf` and is the only one that the name gets, whatever the text ends in.
    """
    letters = unicodedata.normalize("NFC", title)
    name = re.sub(r"[^\w]+", "-", letters, flags=re.UNICODE).strip("-_")[:_LONGEST].rstrip("-_")
    if not name or name.casefold() in _RESERVED:
        name = f"file-{name}".rstrip("-")
    return f"{name}.{suffix}"
