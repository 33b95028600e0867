"""What was said and what is said now, as a page shows it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.notation import NOTHING, Notation
from apps.analytics.restated import Restated
from apps.documents.units import signed, written
from apps.marketplace.selectors import partner_names

_FIGURES_SHOWN = 3
_FIRST = ("total_revenue", "refund_amount", "counted_orders", "order_count", "orders_received")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFigure:
    """A figure with both of its values."""

    label: str
    said: str
    says: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDay:
    """What changed of one day, of the organization or of one partner; `facts` is how many facts of it did.

    `figures` are those that matter most, `more` is how many others changed.
    """

    day: str
    of: str
    href: str
    at: str
    facts: str
    figures: Sequence[ShownFigure]
    more: int
    is_repair: bool


def shown_days(restated: Sequence[Restated], notation: Notation) -> list[ShownDay]:
    """Return restated figures by day and by whose they are: the latest change first, and of a day all orders first.

    The names of partners take one query.
    """
    names = partner_names({figure.partner_id for figure in restated if figure.partner_id})
    by_row: dict[object, list[Restated]] = {}
    for figure in restated:
        by_row.setdefault((figure.rollup, figure.row_id), []).append(figure)
    rows = sorted(
        by_row.values(), key=lambda row: (row[0].revised_at, row[0].date, not row[0].is_of_partner), reverse=True
    )
    return [_row(sorted(figures, key=_rank), names, notation) for figures in rows]


def _row(figures: Sequence[Restated], names: Mapping[uuid.UUID | None, str], notation: Notation) -> ShownDay:
    first, facts = figures[0], max(figure.facts for figure in figures)
    count = ngettext("%(facts)s fact", "%(facts)s facts", facts) % {"facts": notation.number(facts)}
    return ShownDay(
        day=notation.day(first.date),
        of=_whose(first, names.get(first.partner_id)),
        href=reverse("admin:analytics_revision_change", args=[first.revision]),
        at=notation.instant(first.revised_at),
        facts=count if facts else "",
        figures=[_figure(figure, notation) for figure in figures[:_FIGURES_SHOWN]],
        more=max(0, len(figures) - _FIGURES_SHOWN),
        is_repair=first.is_repair,
    )


def _rank(figure: Restated) -> int:
    return _FIRST.index(figure.field) if figure.field in _FIRST else len(_FIRST)


def _whose(figure: Restated, partner: str | None) -> str:
    if not figure.is_of_partner:
        return _("All orders")
    if figure.partner_id is None:
        return _("No partner")
    return partner or _("A partner that is gone")


def _figure(figure: Restated, notation: Notation) -> ShownFigure:
    return ShownFigure(
        label=capfirst(figure.label),
        said=written(figure.said, figure.unit, notation),
        says=written(figure.says, figure.unit, notation),
        change=NOTHING if figure.change is None else signed(figure.change, figure.unit, notation),
    )
