"""How values compare with earlier ones, in words, and whether that is good."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts.notation import Notation
from apps.analytics.metrics.declarations import Metric, Unit
from apps.analytics.metrics.values import NoChange
from apps.analytics.rest.presentation import Json
from apps.core.periods import ComparedWindows
from apps.documents.units import signed, written

NO_CHANGE: Mapping[str | None, str | Promise] = {
    NoChange.ZERO_BASE: _lazy("from zero"),
    NoChange.NEGATIVE_BASE: _lazy("from below zero"),
    NoChange.NO_BASE: _lazy("nothing to compare with"),
    NoChange.NO_VALUE: _lazy("no value"),
    NoChange.NOT_KEPT: _lazy("not kept over time"),
    NoChange.NOT_BEGUN: _lazy("has not begun"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a value compares: which way, whether that is good, in words and in full.

    `tone` is good, bad, or plain: within what days vary by anyway, or of a metric that is neither.
    """

    arrow: str
    tone: str
    text: str
    title: str


def change_of(metric: Metric, compared: Json, windows: ComparedWindows, notation: Notation) -> Change:
    """Return a value’s change in the metric’s unit and in percent, with both periods named."""
    against = notation.days(windows.earlier.first, windows.earlier.last)
    earlier = written(compared["earlier"], metric.unit, notation)
    if compared["change"] is None:
        text = str(NO_CHANGE.get(compared["reason"], ""))
        return Change(arrow="", tone="plain", text=text, title=_("Compared with %s") % against)
    change: Decimal = Decimal(compared["change"])
    points = _("%s points") % signed(change, Unit.NUMBER, notation)
    title = _("%(change)s against %(earlier)s in %(period)s") % {
        "change": points if metric.unit == Unit.PERCENT else signed(change, metric.unit, notation),
        "earlier": earlier,
        "period": against,
    }
    percent = compared["change_percent"]
    if metric.unit == Unit.PERCENT:
        text = points
    elif percent is None:
        text = signed(change, metric.unit, notation)
    else:
        text = signed(Decimal(percent), Unit.PERCENT, notation)
    if compared["within_normal_range"]:
        title += ". " + _("Within the normal range.")
    return Change(
        arrow="" if change == 0 else "▲" if change > 0 else "▼",
        tone=_tone(metric, change, is_normal=bool(compared["within_normal_range"])),
        text=text,
        title=title,
    )


def _tone(metric: Metric, change: Decimal, *, is_normal: bool) -> str:
    if change == 0 or metric.higher is None or is_normal:
        return "plain"
    return "good" if (change > 0) == metric.higher else "bad"
