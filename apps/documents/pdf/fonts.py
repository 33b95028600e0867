"""Fonts that are embedded, chosen letter by letter, so that no name is dropped whatever script it is in."""

import functools
import re
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_FOLDER = Path(__file__).resolve().parent.parent / "fonts"
_BOX = "□"  # what stands for a letter that no font has
_LAST_OF_ONE_UNIT = 0xFFFF
_WIDEST_SPACE = 400  # thousandths; that of emoji is as wide as an emoji
_CODE = re.compile(r"<([0-9A-F]{2})> <([0-9A-F]{4,6})>$", re.MULTILINE)
_LOADING = threading.Lock()

_LATIN, _ARABIC, _THAI, _CJK, _EMOJI, _SIGNS = (
    "Roboto-Regular",
    "NotoSansArabic-Regular",
    "NotoSansThai-Regular",
    "DroidSansFallback",
    "NotoEmoji-Regular",
    "DejaVuSans",
)
_BOLD: Mapping[str, str] = {_LATIN: "Roboto-Bold", _ARABIC: "NotoSansArabic-Bold"}
_ORDER = (_LATIN, _ARABIC, _THAI, _SIGNS, _EMOJI, _CJK)
_ORDER_OF_CJK = (_LATIN, _CJK, _SIGNS, _EMOJI)
_ORDER_OF_EMOJI = (_EMOJI, _SIGNS, _CJK)
_CJK_BLOCKS = (
    (0x1100, 0x11FF),
    (0x2E80, 0xA4CF),
    (0xA960, 0xD7FF),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),
)


class EmbeddedFont(TTFont):
    """A font whose texts can be copied out again: letters beyond U+FFFF, and joined Arabic as the letters it joins."""

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - reportlab's name
        """Add the subsets of the font to a document."""
        super().addObjects(doc)
        for name, stream in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                stream.content = _CODE.sub(_as_utf_16, stream.content)


@dataclass(frozen=True, slots=True)
class Glyph:
    """How a letter is drawn: `letter` in a font, `advance` thousandths of the size wide.

    `is_emboldened` says that its font has no bold of its own.
    """

    letter: str
    font: str
    advance: float
    is_emboldened: bool = False


@functools.lru_cache(maxsize=65_536)
def glyph(letter: str, *, is_bold: bool) -> Glyph | None:
    """Return how a letter is drawn, a box where no font has it; None for what is invisible by nature."""
    code = ord(letter)
    for name in _order(code):
        regular = _loaded(name)
        if code in regular.face.charToGlyph:
            font = _loaded(_BOLD[name]) if is_bold and name in _BOLD else regular
            font = font if code in font.face.charToGlyph else regular
            return Glyph(letter, font.fontName, font.face.getCharWidth(code), is_bold and name not in _BOLD)
    if unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef":
        return None
    return glyph(_BOX, is_bold=is_bold)


@functools.cache
def has_space(font: str) -> bool:
    """Tell whether a font that is loaded has a space of the usual width, so that words need not leave it."""
    face = pdfmetrics.getFont(font).face
    return ord(" ") in face.charToGlyph and face.getCharWidth(ord(" ")) < _WIDEST_SPACE


def base_font() -> str:
    """Return the name of the font that a page begins with."""
    return str(_loaded(_LATIN).fontName)


def _order(code: int) -> tuple[str, ...]:
    if code > _LAST_OF_ONE_UNIT:
        return _ORDER_OF_EMOJI
    return _ORDER_OF_CJK if any(first <= code <= last for first, last in _CJK_BLOCKS) else _ORDER


@functools.cache
def _loaded(name: str) -> Any:
    with _LOADING:
        font = EmbeddedFont(f"Bellwether-{name}", str(_FOLDER / f"{name}.ttf"), asciiReadable=False)
        pdfmetrics.registerFont(font)
        return font


def _as_utf_16(found: re.Match[str]) -> str:
    """Return the entry of a code with its text as readers expect it."""
    code = int(found[2], 16)
    letter = chr(code)
    text = unicodedata.normalize("NFKC", letter) if 0xFB50 <= code <= 0xFDFF or 0xFE70 <= code <= 0xFEFC else letter
    return f"<{found[1]}> <{text.encode('utf-16-be').hex().upper()}>"
