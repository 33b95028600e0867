"""How long orders take, stage by stage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.notation import Notation
from apps.analytics.metrics.percentiles import FRACTIONS
from apps.analytics.rest.presentation import Json
from apps.analytics.rest.sections import ProcessingTimes, Section, Values
from apps.backoffice.dashboards.grids import Cell, Grid, Head
from apps.backoffice.dashboards.panels import Panel, Shown
from apps.documents.tables import Column, Kind, Table
from apps.documents.units import duration

OVERLONG = "overlong_stages"


@dataclass(frozen=True, kw_only=True)
class Percentiles(Panel):
    """Percentiles of the times that orders took, each leading to those orders."""

    section: ProcessingTimes
    overlong: Values = Values(metrics=(OVERLONG,), compares=False)  # noqa: RUF009 - it is frozen
    template = "backoffice/dashboards/stages.html"

    @property
    def asked(self) -> tuple[object, ...]:
        """The questions."""
        return (self.section, self.overlong)

    def answer(self, compute: Callable[[Section], Any], given: Mapping[str, Any]) -> Any:
        """Return the stages, and how many took too long to be among them."""
        return {"stages": compute(self.section), **compute(self.overlong)}

    def show(self, data: Any, shown: Shown) -> Json:
        """Return a row for each stage."""
        overlong = data[OVERLONG]["value"]
        note = {"text": _left_out(overlong, shown.notation), "href": shown.rows_of(OVERLONG)} if overlong else None
        heads = [Head(label=_("Stage")), Head(label=_("Orders"), is_number=True)]
        heads += [Head(label=label, about=about, is_number=True) for label, about in _names(shown.notation).values()]
        return {"grid": Grid(heads=heads, rows=[_row(stage, shown) for stage in data["stages"]]), "note": note}

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each stage, in minutes."""
        organization = shown.controls.organization
        rows = [[stage["stage_label"], stage["orders"], *(stage[key] for key in FRACTIONS)] for stage in data["stages"]]
        return Table(
            title=str(self.title),
            columns=(
                Column("stage", _("Stage")),
                Column("orders", _("Orders"), Kind.COUNT),
                *(Column(key, label, Kind.MINUTES) for key, (label, _about) in _names(shown.notation).items()),
            ),
            rows=rows,
            currency=organization.currency,
            timezone=organization.timezone,
        )


def _left_out(overlong: Decimal, notation: Notation) -> str:
    """Return what the percentiles leave out."""
    return ngettext(
        "%(stages)s stage took over a year and is left out.",
        "%(stages)s stages took over a year and are left out.",
        int(overlong),
    ) % {"stages": notation.number(overlong)}


def _names(notation: Notation) -> dict[str, tuple[str, str]]:
    """Return what each percentile is called, and what it says."""
    exactness = _("Measured to within 5%.")
    said = {
        "median": (_("Median"), _("Half of all orders took no longer than this.")),
        "p75": (notation.percent(Decimal(75), 0), _("Three of four orders took no longer than this.")),
        "p90": (notation.percent(Decimal(90), 0), _("Nine of ten orders took no longer than this.")),
        "p95": (notation.percent(Decimal(95), 0), _("Nineteen of twenty orders took no longer than this.")),
    }
    return {key: (label, f"{about} {exactness}") for key, (label, about) in said.items()}


def _row(stage: Json, shown: Shown) -> list[Cell]:
    orders = shown.notation.number(Decimal(stage["orders"]))
    href = shown.rows_of("timed_orders", {"stage": stage["stage"]})
    about = _("of %s orders") % orders
    return [
        Cell(text=stage["stage_label"]),
        Cell(text=orders, sort=str(stage["orders"]), href=href, is_number=True),
        *(
            Cell(
                text=duration(stage[key], shown.notation),
                sort=str(stage[key]),
                href=href,
                is_number=True,
                about=about,
            )
            for key in FRACTIONS
        ),
    ]
