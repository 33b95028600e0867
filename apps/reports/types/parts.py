"""What reports are made of: parts, each one question to the metrics, answered as a section.

A part is declared with the same sections that dashboards and the API ask; it works nothing out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.questions import InvalidQuestion
from apps.analytics.rest.presentation import Json
from apps.analytics.rest.recent import with_contacts, with_last_orders
from apps.analytics.rest.sections import Drivers, ProcessingTimes, Retention, Values, kept_under
from apps.analytics.rest.sections import Section as Question
from apps.analytics.rest.sections import Table as Asked
from apps.documents.document import Chart, Figure, Form, Section
from apps.documents.tables import Column, Kind
from apps.reports.types.asked import Reading
from apps.reports.types.tables import CHARTED, Grid, figure_of, plain_table

Text = str | Promise
_MOVED_MOST = 20
_FRACTIONS: Mapping[str, Text] = {
    "median": _lazy("Half within"),
    "p75": _lazy("75 % within"),
    "p90": _lazy("90 % within"),
    "p95": _lazy("95 % within"),
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a report. `title` is its question, `about` what else has to be said."""

    key: str
    title: Text
    question: Question
    about: Text = ""
    needs_all: ClassVar[bool] = False  # whether it makes no sense with some of its metrics

    def section(self, reading: Reading) -> Section:
        """Return the answer; where filters leave nothing to answer with, a note says so."""
        given = reading.asked.given()
        asked = self.question if self.needs_all else kept_under(self.question, given)
        try:
            data = asked.compute(reading.scope, given)
        except InvalidQuestion:
            if not reading.asked.filters:
                raise  # nothing was left out: the part itself asks what cannot be answered
            names = _(" and ").join(DIMENSIONS[key].label.lower() for key in reading.asked.filters)
            note = _("These figures are not kept by %(dimensions)s.") % {"dimensions": names}
            return Section(key=self.key, title=str(self.title), about=str(self.about), note=note)
        return self.shown(data, reading)

    def shown(self, data: Any, reading: Reading) -> Section:
        """Return the answer as a section."""
        raise NotImplementedError

    @property
    def shows_contact_details(self) -> bool:
        """Whether the answer tells how customers are reached."""
        return getattr(self.question, "decorate", None) in {with_contacts, with_last_orders}

    @property
    def metrics(self) -> tuple[str, ...]:
        """The keys of the metrics that are asked."""
        keys: tuple[str, ...] = getattr(self.question, "metrics", ())
        return keys


@dataclass(frozen=True, kw_only=True)
class Figures(Part):
    """Metrics of the whole period, beside those of the earlier one."""

    question: Values

    def shown(self, data: Any, reading: Reading) -> Section:
        """Return a figure for each metric."""
        figures = tuple(figure_of(key, found, reading) for key, found in data.items())
        return Section(key=self.key, title=str(self.title), about=str(self.about), figures=figures)


@dataclass(frozen=True, kw_only=True)
class OverTime(Part):
    """Metrics by day, week or month. There is a chart for each group of metrics of one unit in `charts`."""

    question: Asked
    charts: tuple[tuple[str, ...], ...]
    form: Form = Form.LINES

    def shown(self, data: Any, reading: Reading) -> Section:
        """Return the charts, and a row for each bucket."""
        grid = Grid(data=data, reading=reading)
        # A line has at least two ends: of a single day it would be a dot between two numbers of its axis.
        form = Form.BARS if self.form == Form.LINES and len(data["rows"]) == 1 else self.form
        return Section(
            key=self.key,
            title=str(self.title),
            about=str(self.about),
            charts=tuple(_charts(grid, self.charts, form, str(self.title))),
            table=grid.table(str(self.title)),
        )


@dataclass(frozen=True, kw_only=True)
class Ranking(Part):
    """Metrics by what they are divided by, in the order asked for; a chart of the first of them unless told otherwise.

    `in_order` has the rows in the order that the values have by themselves, and all of them in the chart. `extra` are
    columns that the question adds to the metrics: how customers are reached, the day of the last order.
    """

    question: Asked
    charted: bool = True
    in_order: bool = False
    extra: tuple[tuple[str, Text, Kind], ...] = ()

    def shown(self, data: Any, reading: Reading) -> Section:
        """Return a row for each group."""
        extra = tuple(Column(key, str(label), kind) for key, label, kind in self.extra)
        found = _found(data)
        grid = Grid(data=_in_order(found) if self.in_order else found, reading=reading, extra=extra)
        title = str(self.title)
        most = len(found["rows"]) if self.in_order else CHARTED
        charts = _charts(grid, ((grid.metrics[0].key,),), Form.BARS, title, most) if self.charted else ()
        return Section(
            key=self.key,
            title=title,
            about=str(self.about),
            charts=tuple(charts),
            table=grid.table(title),
            note=grid.note(),
        )


@dataclass(frozen=True, kw_only=True)
class Changes(Part):
    """What drove the change of revenue, to the cent, and whose revenue changed most."""

    question: Drivers = Drivers()  # noqa: RUF009 - it is frozen

    def shown(self, data: Any, reading: Reading) -> Section:
        """Return the way from the earlier amount to the current one, and a row for each group."""
        told: Mapping[str, Text] = {
            "earlier": reading.earlier_days(),
            "orders": _("Through the number of orders"),
            "average_value": _("Through the average order value"),
            "mix": _("Through the mix of %(dimension)s") % {"dimension": DIMENSIONS[data["by"]].label.lower()},
            "current": reading.days(),
        }
        figures = tuple(
            Figure(key=key, label=str(label), kind=Kind.MONEY, value=Decimal(data[key])) for key, label in told.items()
        )
        title = str(self.title)
        columns = (Column(data["by"], DIMENSIONS[data["by"]].label), Column("change", _("Change"), Kind.MONEY))
        rows = [[driver["label"], driver["change"]] for driver in data["drivers"]]
        return Section(
            key=self.key,
            title=title,
            about=str(self.about),
            figures=figures,
            table=plain_table(title, columns, rows, reading) if rows else None,
        )


@dataclass(frozen=True, kw_only=True)
class Movers(Part):
    """What changed most in a metric, up or down, of what it is divided by."""

    question: Asked

    def shown(self, data: Any, reading: Reading) -> Section:
        """Return a row for each of those that changed most."""
        grid = Grid(data=data, reading=reading)
        (metric,) = grid.metrics
        (by,) = grid.by
        compared = [(row, row["compared"][metric.key]) for row in data["rows"]]
        changed = sorted(
            ((row, was) for row, was in compared if was["change"]), key=lambda found: -abs(found[1]["change"])
        )
        kind, told = Kind(metric.unit), {"metric": metric.label}
        columns = (
            Column(by, DIMENSIONS[by].label),
            Column(f"{metric.key}_earlier", _("%(metric)s before") % told, kind),
            Column(metric.key, metric.label, kind),
            Column("change", _("Change"), kind),
        )
        rows = [[grid.label(row), was["earlier"], row[metric.key], was["change"]] for row, was in changed[:_MOVED_MOST]]
        number = reading.notation.number
        counts = {"shown": number(len(rows)), "changed": number(len(changed))}
        told_all = _("%(shown)s of the %(changed)s that changed are listed.") % counts
        title = str(self.title)
        return Section(
            key=self.key,
            title=title,
            about=str(self.about),
            table=plain_table(title, columns, rows, reading) if rows else None,
            note=told_all if len(rows) < len(changed) else "" if rows else _("There is no change to tell of."),
        )


@dataclass(frozen=True, kw_only=True)
class Percentiles(Part):
    """How long orders take, stage by stage."""

    question: ProcessingTimes = ProcessingTimes()  # noqa: RUF009 - it is frozen

    def shown(self, data: Any, reading: Reading) -> Section:
        """Return a row for each stage."""
        fractions = [key for key in _FRACTIONS if data and key in data[0]]
        columns = (
            Column("stage", _("Stage")),
            Column("orders", _("Orders"), Kind.COUNT),
            *(Column(key, str(_FRACTIONS[key]), Kind.MINUTES) for key in fractions),
        )
        rows = [[str(row["stage_label"]), row["orders"], *(row[key] for key in fractions)] for row in data]
        title = str(self.title)
        return Section(
            key=self.key, title=title, about=str(self.about), table=plain_table(title, columns, rows, reading)
        )


@dataclass(frozen=True, kw_only=True)
class Cohorts(Part):
    """Who comes back: customers by the month of their first order."""

    question: Retention = Retention()  # noqa: RUF009 - it is frozen

    def shown(self, data: Any, reading: Reading) -> Section:
        """Return a row for each cohort, with its share in each month since."""
        months = max((len(cohort["months"]) for cohort in data), default=0)
        columns = (
            Column("cohort", _("First order in")),
            Column("size", _("Customers"), Kind.COUNT),
            *(
                Column(f"month_{number}", _("Month %(number)s") % {"number": number}, Kind.PERCENT)
                for number in range(1, months)
            ),
        )
        rows = [
            [
                reading.notation.month(cohort["start_date"]),
                cohort["size"],
                *_filled([month["percent"] for month in cohort["months"][1:]], months - 1),
            ]
            for cohort in data
        ]
        title = str(self.title)
        return Section(
            key=self.key, title=title, about=str(self.about), table=plain_table(title, columns, rows, reading)
        )


def _charts(
    grid: Grid, groups: tuple[tuple[str, ...], ...], form: Form, title: str, most: int = CHARTED
) -> list[Chart]:
    kept = {metric.key: metric.label for metric in grid.metrics}
    asked = [[key for key in group if key in kept] for group in groups] if grid.data["rows"] else []
    return [grid.chart(kept[keys[0]] if len(keys) == 1 else title, form, keys, most) for keys in asked if keys]


def _found(data: Json) -> Json:
    """Return a table without the row of what has no value, where that has no figures either."""
    (by,) = [column["key"] for column in data["columns"] if column["key"] in DIMENSIONS]
    metrics = [column["key"] for column in data["columns"] if "unit" in column]
    rows = [row for row in data["rows"] if row[by] or any(row[key] for key in metrics)]
    return {**data, "rows": rows, "groups": data["groups"] - (len(data["rows"]) - len(rows))}


def _in_order(data: Json) -> Json:
    """Return a table with the rows in the order of the values that its dimension can have; what has none comes last."""
    (by,) = [column["key"] for column in data["columns"] if column["key"] in DIMENSIONS]
    places = {value: place for place, value in enumerate(DIMENSIONS[by].choices)}
    return {**data, "rows": sorted(data["rows"], key=lambda row: places.get(row[by], len(places)))}


def _filled(values: list[Any], count: int) -> list[Any]:
    return [*values, *[None] * (count - len(values))]
