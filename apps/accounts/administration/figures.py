"""How figures look in every list and on every page of the admin: one place, so that a rate is a rate everywhere.

A colour never stands alone: each level has a sign of its own and a word, which screen readers and tooltips say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from apps.accounts.notation import NOTHING, current_notation

STARS = 5
_WHOLE = Decimal(1)


class Level(StrEnum):
    """How well something does."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    OPEN = "open"


SIGNS: Mapping[Level, str] = {
    Level.GOOD: "check_circle",
    Level.FAIR: "do_not_disturb_on",
    Level.POOR: "warning",
    Level.OPEN: "pending",
}
WORDS: Mapping[Level, str | Promise] = {
    Level.GOOD: _lazy("Good"),
    Level.FAIR: _lazy("Fair"),
    Level.POOR: _lazy("Poor"),
    Level.OPEN: _lazy("Still open"),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """From where on a rate of 0 to 1 is good, and from where on fair; lower is better where `good` is below `fair`."""

    good: Decimal
    fair: Decimal

    @property
    def is_falling(self) -> bool:
        """Whether lower is better."""
        return self.good < self.fair

    def level(self, rate: Decimal) -> Level:
        """Return how good a rate is."""
        if self._reaches(rate, self.good):
            return Level.GOOD
        return Level.FAIR if self._reaches(rate, self.fair) else Level.POOR

    def told(self, level: Level) -> str:
        """Return what a level means, in words: Good, 90% or more."""
        bound = percent(self.good if level == Level.GOOD else self.fair, digits=0)
        shown = {"level": WORDS[level], "bound": bound}
        if self.is_falling:
            return (
                _("%(level)s, more than %(bound)s") if level == Level.POOR else _("%(level)s, up to %(bound)s")
            ) % shown
        return (
            _("%(level)s, less than %(bound)s") if level == Level.POOR else _("%(level)s, %(bound)s or more")
        ) % shown

    def _reaches(self, rate: Decimal, bound: Decimal) -> bool:
        return rate <= bound if self.is_falling else rate >= bound


COMPLETION = Scale(good=Decimal("0.9"), fair=Decimal("0.75"))
ACCEPTANCE = Scale(good=Decimal("0.9"), fair=Decimal("0.75"))
CANCELLATION = Scale(good=Decimal("0.05"), fair=Decimal("0.15"))


def percent(rate: Decimal | None, *, digits: int = 1) -> str:
    """Return a rate of 0 to 1 as people read it, or a dash where there is nothing to divide by."""
    return NOTHING if rate is None else current_notation().percent(100 * rate, digits)


def number(value: Decimal | None, digits: int = 1) -> str:
    """Return a mean as people read it, or a dash where there is none."""
    return NOTHING if value is None else current_notation().number(value, digits)


def whole(count: int) -> str:
    """Return a count as the organization writes it."""
    return current_notation().number(count)


def marked(level: Level, text: str, *, word: str | Promise = "", title: str = "") -> SafeString:
    """Return a text with the sign and colour of a level; the word is said to those who do not see them."""
    said = word or WORDS[level]
    return format_html(
        '<span class="bw-mark bw-{}" title="{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>'
        '<span class="bw-sr-only">{}: </span>{}</span>',
        level, title or said, SIGNS[level], said, text,
    )  # fmt: skip


def rate(value: Decimal | None, scale: Scale, *, at_best: Decimal | None = None) -> SafeString | str:
    """Return a rate with how good it is.

    `at_best` is what it becomes if everything that is still open goes well: as long as that would be another level, the
    rate is shown as open, or every morning would look like a failure.
    """
    if value is None:
        return NOTHING
    level = scale.level(value)
    if at_best is not None and scale.level(at_best) != level:
        return marked(Level.OPEN, percent(value), title=_("Some of these orders are still open"))
    return marked(level, percent(value), title=scale.told(level))


def stars(mean: Decimal | None, count: int | None = None) -> SafeString | str:
    """Return a rating of 1 to 5 as stars and a number, with how many ratings it is the mean of."""
    if mean is None:
        return NOTHING
    full = int(mean.quantize(_WHOLE, rounding=ROUND_HALF_UP))
    told = _("%(mean)s of 5") % {"mean": number(mean) if count is not None else f"{mean:f}"}
    of = "" if count is None else ngettext("%(count)s rating", "%(count)s ratings", count) % {"count": whole(count)}
    return format_html(
        '<span class="bw-stars" title="{}"><span aria-hidden="true">{}<span class="bw-faint">{}</span></span> '
        '<span class="bw-sr-only">{}</span>{}</span>',
        f"{told}, {of}" if of else told,
        "★" * full,
        "★" * (STARS - full),
        f"{told}, {of}" if of else told,
        format_html('<span aria-hidden="true">{}</span>', number(mean)) if count is not None else "",
    )


def warning(count: int, parts: Mapping[str, int], *, is_serious: bool) -> SafeString:
    """Return how many issues there were with what they were, as a warning; none are shown quietly."""
    if not count:
        return format_html('<span class="bw-quiet">{}</span>', _("None"))
    named = ", ".join(f"{whole(number)} {part}" for part, number in parts.items() if number)
    level = Level.POOR if is_serious else Level.FAIR
    said = _("Serious issues") if is_serious else _("Issues")
    if named and sum(parts.values()) != count:
        return marked(level, f"{whole(count)} ({named})", word=said)
    return marked(level, named or whole(count), word=said)


def linked(text: object, address: str, *, title: str | Promise = "") -> SafeString:
    """Return a link within the admin."""
    return format_html('<a class="bw-link" href="{}" title="{}">{}</a>', address, title, text)


def page_of(row: models.Model) -> str:
    """Return the address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def list_of(model: type[models.Model], **parameters: Any) -> str:
    """Return the address of a model's list, filtered by these parameters of the address."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{urlencode(parameters)}" if parameters else address
