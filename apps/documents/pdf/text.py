"""Plain text in lines: broken where its script allows, ordered from left to right, in fonts that have its letters.

Texts are never markup. Widths of lines are thousandths of the size of the letters.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from arabic_reshaper import ArabicReshaper
from bidi import get_display
from bidi.mirror import MIRRORED

from apps.documents.pdf.fonts import Glyph, glyph, has_space

_ELLIPSIS = "…"
_UNREADABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f]")
_RESHAPER = ArabicReshaper({"delete_harakat": False, "support_zwj": True})
# Two marks that follow what may be mirrored: behind it where it reads from the left, before it where from the right.
_FIRST_MARK, _SECOND_MARK = "\u20d0", "\u20d1"
_FROM_RIGHT = re.compile(f"{_SECOND_MARK}{_FIRST_MARK}(.)", re.DOTALL)
_IDEOGRAPHS = "\u2e80-\u2fff\u3040-\u30ff\u3100-\u312f\u3190-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_NOT_FIRST = "、。，．・：；？！ー）」』】〕》〉”’）］｝ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々‐〜,.;:!?)]}%"
_NOT_LAST = "（「『【〔《〈“‘［｛([{"
_BREAK = re.compile(
    rf"(?<=[ \u2002-\u200a\u3000\u200b-])(?=[^ ])"
    rf"|(?<=[{_IDEOGRAPHS}])(?=[^ ])"
    rf"|(?<=[^ ])(?=[{_IDEOGRAPHS}])"
)


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one font, from left to right."""

    text: str
    font: str
    is_emboldened: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line from left to right."""

    runs: tuple[Run, ...]
    width: float


@functools.lru_cache(maxsize=8_192)
def line_of(text: str, *, is_bold: bool = False) -> Line:
    """Return a text as one line."""
    return _line(_readable(text).replace("\n", " "), is_bold)


def lines_of(text: str, size: float, width: float, *, is_bold: bool = False, most: int | None = None) -> list[Line]:
    """Return a text in lines of letters of a size that are at most so many points wide, and at most so many of them.

    A word that is wider than a line is broken. What does not fit into the last line ends in an ellipsis.
    """
    limit = width * 1_000 / size
    if "\n" not in text and len(text) < 400:
        whole = line_of(text, is_bold=is_bold)
        if whole.width <= limit:
            return [whole]
    lines: list[Line] = []
    last = ""
    for paragraph in _readable(text).split("\n"):
        for part in _broken(paragraph, limit, is_bold):
            if len(lines) == most:
                lines[-1] = _ended(last, limit, is_bold)
                return lines
            last = part
            lines.append(_line(part, is_bold))
    return lines


def fitted(text: str, size: float, width: float, *, is_bold: bool = False) -> Line:
    """Return a text as one line of letters of a size; what is beyond the width ends in an ellipsis."""
    line = line_of(text, is_bold=is_bold)
    limit = width * 1_000 / size
    return line if line.width <= limit else _ended(_readable(text).replace("\n", " "), limit, is_bold)


def widest_word(text: str, *, is_bold: bool = False) -> float:
    """Return how wide a column must be for no word of a text to be broken, in thousandths of the size."""
    return max((_width(part.rstrip(), is_bold) for part in _parts(text)), default=0)


def _readable(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    text = _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return str(_RESHAPER.reshape(text)) if _ARABIC.search(text) else text


def _ended(text: str, limit: float, is_bold: bool) -> Line:
    room = limit - _width(_ELLIPSIS, is_bold)
    kept = 0
    for letter in text:
        room -= _advance(letter, is_bold)
        if room < 0:
            break
        kept += 1
    return _line(text[:kept].rstrip() + _ELLIPSIS, is_bold)


def _broken(paragraph: str, limit: float, is_bold: bool) -> Iterator[str]:
    """Yield the lines of a paragraph; spaces at which it is broken are not part of them."""
    line, used = "", 0.0
    for part in _parts(paragraph):
        width = _width(part, is_bold)
        bare = part.rstrip(" ")
        if line and used + (width if bare == part else _width(bare, is_bold)) > limit:
            yield line.rstrip(" ")
            line, used = "", 0.0
        if _width(bare, is_bold) <= limit:
            line, used = line + part, used + width
            continue
        for letter in part:  # a word that is wider than a line
            advance = _advance(letter, is_bold)
            if line and used + advance > limit:
                yield line
                line, used = "", 0.0
            line, used = line + letter, used + advance
    yield line.rstrip(" ")


def _parts(paragraph: str) -> Iterator[str]:
    """Yield what must not be broken, each with the spaces after it."""
    begin = 0
    for found in _BREAK.finditer(paragraph):
        end = found.start()
        if paragraph[end] in _NOT_FIRST or paragraph[end - 1] in _NOT_LAST:
            continue
        yield paragraph[begin:end]
        begin = end
    yield paragraph[begin:]


def _width(text: str, is_bold: bool) -> float:
    return sum(_advance(letter, is_bold) for letter in text)


def _advance(letter: str, is_bold: bool) -> float:
    found = glyph(letter, is_bold=is_bold)
    return found.advance if found else 0.0


def _line(text: str, is_bold: bool) -> Line:
    if _RIGHT_TO_LEFT.search(text):
        text = _from_left(text)
    runs: list[Run] = []
    letters: list[str] = []
    font, is_emboldened, width = "", False, 0.0
    for letter in text:
        found: Glyph | None = glyph(letter, is_bold=is_bold)
        if found is None:
            continue
        width += found.advance
        if found.font != font and not (letter == " " and font and has_space(font)):
            if letters:
                runs.append(Run("".join(letters), font, is_emboldened))
            font, letters, is_emboldened = found.font, [], found.is_emboldened
        letters.append(found.letter)
    if letters:
        runs.append(Run("".join(letters), font, is_emboldened))
    return Line(tuple(runs), width)


def _from_left(text: str) -> str:
    """Return a line in the order of its letters from left to right, brackets turned where they read from the right."""
    marked = "".join(
        f"{letter}{_FIRST_MARK}{_SECOND_MARK}" if letter in MIRRORED else letter
        for letter in text
        if letter not in (_FIRST_MARK, _SECOND_MARK)
    )
    turned = _FROM_RIGHT.sub(lambda found: MIRRORED.get(found[1], found[1]), str(get_display(marked)))
    return turned.replace(f"{_FIRST_MARK}{_SECOND_MARK}", "")
