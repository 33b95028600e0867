"""A question answered from plain records, beside what the product answered."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from apps.accounts.currencies import minor_digits
from apps.analytics.metrics.query import MetricTable, Row
from apps.analytics.metrics.questions import Question
from apps.core.periods import Period, buckets, compared_windows
from tests.analytics.metrics.plain_facts import PlainFacts, Selection
from tests.analytics.metrics.plain_metrics import PLAIN, shown

Values = dict[str, Decimal | None]

ONLY_BY = {"product_orders": "product", "timed_orders": "stage"}


@dataclass(frozen=True)
class Beside:
    """A change as it should be told."""

    earlier: Decimal | None
    change: Decimal | None
    percent: Decimal | None
    reason: str | None


def beside(value: Decimal | None, earlier: Decimal | None) -> Beside:
    if value is None or earlier is None:
        return Beside(earlier, None, None, "no_value" if value is None else "no_base")
    if earlier <= 0:
        return Beside(earlier, value - earlier, None, "zero_base" if earlier == 0 else "negative_base")
    exact = Decimal(100) * (value - earlier) / earlier
    return Beside(earlier, value - earlier, exact.quantize(Decimal("0.01"), ROUND_HALF_UP), None)


class PlainAnswer:
    """What a table should say, from the facts."""

    def __init__(self, question: Question, facts: PlainFacts, now: datetime.datetime) -> None:
        self.question = question
        self.organization = facts.organization
        self.calendar = facts.facts.calendar
        self.digits = minor_digits(self.organization.currency)
        self.today = self.calendar.business_date(now)
        self.metrics = [metric.key for metric in self.question.metrics]
        self.dimensions = tuple(dimension.key for dimension in self.question.dimensions)
        filters = tuple((key, tuple(chosen)) for key, chosen in self.question.filters.items())
        held = facts.booked(self.question.refund_basis).having(filters)
        period = self.question.period
        self.days = max(0, (min(period.last, self.today) - period.first).days + 1)
        self.current = held.within(period.window(self.calendar))
        lies_ahead = period.first <= self.today < period.last
        begun = Period(period.first, self.today) if lies_ahead else period
        self.elapsed = held.within(begun.window(self.calendar))
        self.earlier, self.earlier_days, self.earlier_period = self.current, 0, None
        if self.question.comparison is not None:
            windows = compared_windows(period, self.question.comparison, calendar=self.calendar, now=now)
            self.earlier = held.within(windows.earlier_window)
            start, end = windows.earlier_window
            self.earlier_period = windows.earlier if start < end else None
            self.earlier_days = windows.earlier.days if start < end else 0
        self.groups = self.current.divided(self.dimensions)
        self.elapsed_groups = self.elapsed.divided(self.dimensions)
        self.earlier_groups = self.earlier.divided(self.dimensions)

    def exact(self, key: str, selection: Selection) -> Fraction | None:
        return PLAIN[key].value(selection, days=self.days)

    def values(self, selection: Selection, days: int) -> Values:
        return {key: self._value(key, selection, days) for key in self.metrics}

    def _value(self, key: str, selection: Selection, days: int) -> Decimal | None:
        asked = (key, days)
        if asked not in selection.known:
            value = PLAIN[key].value(selection, days=days)
            selection.known[asked] = shown(value, PLAIN[key].unit, self.digits)
        return selection.known[asked]

    def differences(self, table: MetricTable) -> list[str]:
        """Return a line for everything in a table that is not as it should be."""
        return [f"{self.told()}: {line}" for line in self._differences(table)]

    def told(self) -> str:
        question = self.question
        return (
            f"{', '.join(self.metrics)} by {', '.join(self.dimensions)} {question.grain} of {question.period},"
            f" {question.comparison}, {question.refund_basis}, {dict(question.filters)}"
        )

    def _differences(self, table: MetricTable) -> Iterator[str]:
        elapsed = self._without_overlaps(self.values(self.elapsed, self.days))
        yield from self._compared("total", table.total, self._total(), self._earlier_total(), elapsed)
        if self.dimensions:
            yield from self._ranked(table)
        if self.question.grain is None:
            for row in table.rows:
                values = self.values(self.groups[row.keys], self.days)
                earlier = self.values(self.earlier_groups[row.keys], self.earlier_days)
                elapsed = self.values(self.elapsed_groups[row.keys], self.days)
                yield from self._compared(str(row.keys), row, values, earlier, elapsed)
        else:
            yield from self._series(table)

    def _total(self) -> Values:
        return self._without_overlaps(self.values(self.current, self.days))

    def _without_overlaps(self, values: Values) -> Values:
        return {key: None if self._overlaps(key) else value for key, value in values.items()}

    def _earlier_total(self) -> Values:
        return self.values(self.earlier, self.earlier_days)

    def _overlaps(self, key: str) -> bool:
        """Orders with a product, of all products, or at a stage: an order would be in there more than once."""
        return ONLY_BY.get(key) in self.dimensions

    # Rows

    def _ranked(self, table: MetricTable) -> Iterator[str]:
        """Yield what is wrong with which groups are shown, and in which order."""
        found = list(dict.fromkeys(row.keys for row in table.rows))
        something = [keys for keys in {*self.groups, *self.earlier_groups} if self._has_something(keys)]
        missing = [keys for keys in something if keys not in found]
        if len(found) != min(table.groups, self.question.limit) or table.groups < len(something):
            yield f"{len(found)} groups are shown, {table.groups} told, {len(something)} there"
        if len(found) < self.question.limit and missing:
            yield f"{missing} missing"
        order = self.question.order or self.metrics[0]
        if order not in self.metrics:
            return
        sign = -1 if self.question.descending else 1
        places = [self._place(order, keys, sign) for keys in found]
        if places != sorted(places):
            yield f"groups are not in the order of {order}: {places}"
        if missing and min(self._place(order, keys, sign) for keys in missing) < places[-1]:
            yield f"{missing} should be shown"

    def _place(self, key: str, keys: tuple[str, ...], sign: int) -> tuple[bool, Fraction]:
        value = self.exact(key, self.groups[keys])
        return value is None, sign * (value or Fraction(0))

    def _has_something(self, keys: tuple[str, ...]) -> bool:
        """Whether the current or, where it is asked for, the earlier value of anything is more than nothing."""
        sides = {self.groups[keys]: self.days}  # without a comparison the earlier side is the current one, of no days
        sides = {self.earlier_groups[keys]: self.earlier_days} | sides
        return any(self._value(key, selection, days) for selection, days in sides.items() for key in self.metrics)

    def _series(self, table: MetricTable) -> Iterator[str]:
        week_starts_on = self.organization.week_starts_on
        grain = self.question.grain
        current = buckets(self.question.period, grain, week_starts_on)
        earlier = buckets(self.earlier_period, grain, week_starts_on) if self.earlier_period else []
        before = {one.start: earlier[place] if place < len(earlier) else None for place, one in enumerate(current)}
        for keys in dict.fromkeys(row.keys for row in table.rows):
            rows = [row for row in table.rows if row.keys == keys]
            if sorted(row.bucket.start for row in rows) != [one.start for one in current] and not self.question.order:
                yield f"{keys}: buckets {[row.bucket.start for row in rows]}"
            now = self.groups[keys].by_bucket(grain, week_starts_on)
            begun = self.elapsed_groups[keys].by_bucket(grain, week_starts_on)
            then = self.earlier_groups[keys].by_bucket(grain, week_starts_on)
            for row in rows:
                was = before[row.bucket.start]
                past = self.values(then[was.start], self.earlier_days) if was else dict.fromkeys(self.metrics)
                values = self.values(now[row.bucket.start], self.days)
                values = self._known(row, values)
                elapsed = self.values(begun[row.bucket.start], self.days)
                if row.bucket.first > self.today:
                    elapsed = dict.fromkeys(self.metrics)
                yield from self._compared(f"{keys} {row.bucket.start}", row, values, past, elapsed)

    def _known(self, row: Row, values: Values) -> Values:
        """Days to come have no value, unless something lies there already."""
        if (
            row.bucket.first <= self.today
            or any(values.values())
            or any(one is not None for one in row.values.values())
        ):
            return values
        return dict.fromkeys(values)

    def _compared(self, name: str, row: Row, values: Values, earlier: Values, elapsed: Values) -> Iterator[str]:
        if dict(row.values) != values:
            yield f"{name}: {_but(row.values, values)}"
        if self.question.comparison is None:
            if row.compared:
                yield f"{name}: is compared"
            return
        for key in self.metrics:
            found = row.compared[key]
            told = Beside(found.earlier, found.change, found.percent, found.reason)
            should = beside(elapsed[key], earlier[key])
            if not self.earlier_days:
                should = Beside(None, None, None, "not_begun")
            if PLAIN[key].is_of_the_present:
                should = Beside(None, None, None, "not_kept")
            if told != should:
                yield f"{name} {key}: {told}, should be {should}"


def _but(found: Mapping[str, Any], should: Mapping[str, Any]) -> str:
    wrong = [key for key in {*found, *should} if found.get(key) != should.get(key)]
    return ", ".join(f"{key} is {found.get(key)}, should be {should.get(key)}" for key in wrong)
