"""What dashboards are made of: panels, each one question to the metrics and one way to show the answer.

A panel computes JSON, which is kept like every other answer, and shows what comes back from there. It works nothing
out: what it shows as a picture, it shows as a table too, and gives as a file.
"""

import datetime
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.functional import Promise

from apps.accounts.notation import Notation
from apps.analytics.metrics.questions import InvalidQuestion
from apps.analytics.metrics.scope import Scope, in_whole_days
from apps.analytics.rest.presentation import Json
from apps.analytics.rest.sections import Options, Section, kept_under
from apps.backoffice.dashboards.controls import Controls, rows_query
from apps.core.periods import ComparedWindows, Comparison, Period, compared_windows
from apps.documents.tables import Table

Text = str | Promise
UNAVAILABLE = "unavailable"
OPTIONS, NOW, ANSWER = "options", "now", "answer"  # what is kept of a panel


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What goes into showing a panel beside its answer: the controls, and the options that its question was asked with.

    `now` is the aware instant at which it was asked: a comparison of a period that goes on stops there.
    """

    controls: Controls
    options: Options
    now: datetime.datetime
    page: str

    @cached_property
    def notation(self) -> Notation:
        """How the organization writes."""
        return self.controls.notation

    @property
    def period(self) -> Period:
        """The period that the panel is about: its own, or the reader’s."""
        return self.options.period

    def rows_of(self, metric: str, filters: Mapping[str, str] | None = None, *, period: Period | None = None) -> str:
        """Return the address of a value’s explanation: its formula, and the facts that add up to it.

        A value that the options leave out leads nowhere: without the filter that it is outside of, it is another value.
        """
        chosen, kept = filters or {}, self.options.filters
        if any(value not in kept.get(key, (value,)) for key, value in chosen.items()):
            return ""
        return self._explanation_of(metric) + rows_query(self.options, chosen, period, said=self.controls.said)

    def change_of(self, metric: str, filters: Mapping[str, str] | None = None) -> str:
        """Return the address of how a value changed, against what the panel compares with."""
        return self.rows_of(metric, filters) + "#change"

    def page_of(self, route: str, value: str) -> str:
        """Return the address of one group’s own page, over the same period."""
        return reverse(f"admin:{route}", args=[value]) + self.controls.query()

    @cached_property
    def windows(self) -> ComparedWindows:
        """What is compared at this instant: the period and the earlier one."""
        compare = Comparison(self.options.compare or Comparison.PREVIOUS_PERIOD)
        calendar = self.controls.organization.calendar
        windows = compared_windows(self.period, compare, calendar=calendar, now=self.now)
        return windows if self.controls.as_of is None else in_whole_days(windows, calendar)

    def download(self, panel: str, format_: str) -> str:
        """Return the address of a panel’s data as a file."""
        return reverse("admin:dashboard_data", args=[self.page, panel, format_]) + self.controls.query(
            **self.controls.fixed
        )

    @cached_property
    def _explanation_of(self) -> Callable[[str], str]:
        """The address of a metric’s explanation; a panel asks for some hundreds."""
        return functools.cache(lambda metric: reverse("admin:metric", args=[metric]))


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A part of a page. `width` is of twelve columns; `title` is its question, `about` what else has to be said."""

    key: str
    title: Text
    section: Section
    width: int = 12
    about: Text = ""
    template: ClassVar[str]
    needs_all: ClassVar[bool] = False  # whether it makes no sense with some of its metrics

    @property
    def asked(self) -> tuple[object, ...]:
        """The questions."""
        return (self.section,)

    def ask(self, scope: Scope, given: Mapping[str, Any]) -> Any:
        """Return the answer as JSON with when and with what it was asked, or why there is none under these filters."""
        try:
            return {
                OPTIONS: self.section.options(scope, given).as_json(),
                NOW: scope.now,
                ANSWER: self.answer(lambda section: self._kept(section, given).compute(scope, given), given),
            }
        except InvalidQuestion as error:
            return {UNAVAILABLE: error.message}

    def answer(self, compute: Callable[[Section], Any], given: Mapping[str, Any]) -> Any:
        """Return what the panel keeps of its questions, each of which is computed by `compute`."""
        return compute(self.section)

    def _kept(self, section: Section, given: Mapping[str, Any]) -> Section:
        return section if self.needs_all else kept_under(section, given)

    def show(self, data: Any, shown: Shown) -> Json:
        """Return what the template needs."""
        raise NotImplementedError

    def table(self, data: Any, shown: Shown) -> Table:
        """Return the answer as a table, for the picture’s twin and for files."""
        raise NotImplementedError

    def left_out(self, data: Any) -> int:
        """Return how many rows there are beside those of the answer."""
        return 0
