"""What was said and what is said now, as a page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.accounts.notation import NOTHING, Notation
from apps.analytics.restated import Restated
from apps.backoffice.units import signed, written
from apps.marketplace.selectors import partner_names


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFigure:
    """A figure with both of its values."""

    label: str
    said: str
    says: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDay:
    """What changed of one day, of the organization or of one partner; `facts` is how many facts of it did."""

    day: str
    of: str
    href: str
    at: str
    facts: str
    figures: Sequence[ShownFigure]


def shown_days(restated: Sequence[Restated], notation: Notation) -> list[ShownDay]:
    """Return restated figures by day and by whose they are, in their order; the names of partners in one query."""
    names = partner_names({figure.partner_id for figure in restated if figure.partner_id})
    by_row: dict[object, list[Restated]] = {}
    for figure in restated:
        by_row.setdefault((figure.rollup, figure.row_id), []).append(figure)
    return [
        ShownDay(
            day=notation.day(figures[0].date),
            of=_whose(figures[0], names.get(figures[0].partner_id)),
            href=reverse("admin:analytics_revision_change", args=[figures[0].revision]),
            at=notation.instant(figures[0].revised_at),
            facts=notation.number(max(figure.facts for figure in figures)),
            figures=[_figure(figure, notation) for figure in figures],
        )
        for figures in by_row.values()
    ]


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
