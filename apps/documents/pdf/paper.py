"""Sizes of paper."""

from enum import StrEnum

from reportlab.lib.pagesizes import A4, LETTER


class Page(StrEnum):
    """What a page is printed on."""

    A4 = "a4"
    LETTER = "letter"

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points, upright."""
        width, height = A4 if self is Page.A4 else LETTER
        return width, height
