"""Heat maps: two dimensions crossed, and cohorts by month."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.analytics.metrics.declarations import Dimension
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.rest.presentation import Json
from apps.analytics.rest.sections import Retention
from apps.analytics.rest.sections import Table as Asked
from apps.backoffice.dashboards.frames import Frame
from apps.backoffice.dashboards.panels import Panel, Shown
from apps.core.periods import Period
from apps.documents.tables import Column, Kind, Table
from apps.documents.units import written

_LEVELS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """A cell of a heat map: `level` 0 to 5 is its colour, `about` what a screen reader adds."""

    text: str
    title: str
    level: int
    href: str
    about: str = ""
    is_running: bool = False


@dataclass(frozen=True, kw_only=True)
class HeatMap(Panel):
    """One metric by two dimensions, the first down and the second across."""

    section: Asked
    template = "backoffice/dashboards/heat.html"

    def show(self, data: Any, shown: Shown) -> Json:
        """Return the names across, and a row of cells for each name down."""
        frame = Frame(data=data)
        metric = frame.metrics[0]
        down, across = (DIMENSIONS[key] for key in frame.by)
        found = {(row[down.key], row[across.key]): row for row in frame.rows}
        largest = max((row[metric.key] or 0 for row in frame.rows), default=0) or 1
        columns = _without_empty_edges(_as_lived(across, shown), {row[across.key] for row in frame.rows})
        rows = []
        for key, name in _as_lived(down, shown).items():
            cells = []
            for other, label in columns.items():
                row = found.get((key, other))
                value = row[metric.key] if row else 0
                cells.append(
                    Heat(
                        text=shown.notation.short_number(Decimal(value or 0)),
                        title=f"{name}, {label}: {written(value or 0, metric.unit, shown.notation)} {metric.label}",
                        level=_level(value or 0, largest),
                        href=shown.rows_of(metric.key, {down.key: key, across.key: other}),
                    )
                )
            rows.append({"name": name, "cells": cells})
        names = columns if across.key == "hour" else columns.values()  # “17” is as clear as “17:00”, and fits
        return {"across": list(names), "rows": rows if frame.rows else [], "corner": ""}

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each pair."""
        return Frame(data=data).in_order().table(str(self.title), shown)


def _as_lived(dimension: Dimension, shown: Shown) -> dict[str, Any]:
    """Return the values from where the organization's week or day begins."""
    organization = shown.controls.organization
    begins = {"weekday": organization.week_starts_on - 1, "hour": organization.day_starts_at.hour}
    known = list(dimension.choices.items())
    place = begins.get(dimension.key, 0)
    return dict(known[place:] + known[:place])


def _without_empty_edges(columns: dict[str, Any], found: set[str]) -> dict[str, Any]:
    places = [place for place, key in enumerate(columns) if key in found]
    return dict(list(columns.items())[places[0] : places[-1] + 1]) if places else {}


def _level(value: Any, largest: Any) -> int:
    return 0 if not value else 1 + min(_LEVELS - 1, int(value * _LEVELS / largest - Decimal("0.000001")))


@dataclass(frozen=True, kw_only=True)
class CohortMap(Panel):
    """Cohorts down, months since their first one across: what part of each still orders."""

    section: Retention
    template = "backoffice/dashboards/heat.html"

    def show(self, data: Any, shown: Shown) -> Json:
        """Return how large each cohort is, and a cell for each month after the first."""
        later = [month["percent"] for cohort in data for month in cohort["months"][1:]]
        largest = max(later, default=Decimal(0)) or Decimal(1)
        months = max((len(cohort["months"]) for cohort in data), default=1)
        rows = []
        for cohort in data:
            name = shown.notation.month(_period(cohort).first)
            cells: list[Heat | None] = [_size(cohort, shown)]
            cells += [_kept(cohort, number, largest, shown) for number in range(1, len(cohort["months"]))]
            rows.append({"name": name, "cells": [*cells, *[None] * (months - len(cohort["months"]))]})
        across = [_("Customers"), *(f"+{shown.notation.number(Decimal(number))}" for number in range(1, months))]
        return {
            "across": across,
            "corner": _("First order"),
            "rows": rows,
            "note": _(
                "+1 is the month after the first order. A dashed month goes on: it shows who has ordered so far."
            ),
        }

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each month of each cohort."""
        organization = shown.controls.organization
        return Table(
            title=str(self.title),
            columns=(
                Column("cohort", _("Cohort")),
                Column("size", _("Customers"), Kind.COUNT),
                Column("month", _("Months since"), Kind.COUNT),
                Column("customers", _("Still ordering"), Kind.COUNT),
                Column("percent", _("Retention"), Kind.PERCENT),
            ),
            rows=[
                [cohort["cohort"], cohort["size"], number, month["customers"], month["percent"]]
                for cohort in data
                for number, month in enumerate(cohort["months"])
            ],
            currency=organization.currency,
            timezone=organization.timezone,
        )


def _size(cohort: Json, shown: Shown) -> Heat:
    text = shown.notation.number(Decimal(cohort["size"]))
    return Heat(text=text, title="", level=0, href=_rows(cohort, cohort, shown))


def _kept(cohort: Json, number: int, largest: Decimal, shown: Shown) -> Heat:
    month = cohort["months"][number]
    about = _("%(customers)s of %(size)s customers") % {
        "customers": shown.notation.number(Decimal(month["customers"])),
        "size": shown.notation.number(Decimal(cohort["size"])),
    }
    return Heat(
        text=shown.notation.percent(month["percent"], 0),
        title=f"{shown.notation.month(_period(month).first)}: {about}",
        level=_level(month["percent"], largest),
        href=_rows(cohort, month, shown),
        about=about,
        is_running=_period(month).last >= shown.controls.today and number == len(cohort["months"]) - 1,
    )


def _rows(cohort: Json, month: Mapping[str, str], shown: Shown) -> str:
    return shown.rows_of("customers", {"cohort": cohort["cohort"]}, period=_period(month))


def _period(dated: Mapping[str, str]) -> Period:
    return Period(datetime.date.fromisoformat(dated["start_date"]), datetime.date.fromisoformat(dated["end_date"]))
