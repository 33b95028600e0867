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
from apps.analytics.rest.sections import Section, kept_under
from apps.backoffice.dashboards.controls import Controls
from apps.core.periods import ComparedWindows, Comparison, Period, compared_windows
from apps.documents.tables import Table

Text = str | Promise
UNAVAILABLE = "unavailable"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """For whom something is shown: the controls, and the aware instant up to which facts are in the figures."""

    controls: Controls
    now: datetime.datetime
    page: str

    @cached_property
    def notation(self) -> Notation:
        """How the organization writes."""
        return self.controls.notation

    def rows_of(self, metric: str, period: Period | None = None, **filters: str) -> str:
        """Return the address of a value’s explanation: its formula, and the facts that add up to it."""
        return self.explanation_of(metric) + self.controls.rows_query(period, **filters)

    def change_of(self, metric: str, panel: "Panel", **filters: str) -> str:
        """Return the address of how a value changed, over the period of a panel and against what that compares with."""
        timeframe = getattr(panel.section, "timeframe", "") or self.controls.preset
        query = self.controls.change_query(panel.period(self), timeframe, panel.comparison(self), **filters)
        return self.explanation_of(metric) + query

    @cached_property
    def explanation_of(self) -> Callable[[str], str]:
        """The address of a metric’s explanation; a page asks for some hundreds."""
        return functools.cache(lambda metric: reverse("admin:metric", args=[metric]))

    def page_of(self, route: str, value: str) -> str:
        """Return the address of one group’s own page, over the same period."""
        return reverse(f"admin:{route}", args=[value]) + self.controls.query()

    @cached_property
    def compared(self) -> Callable[[Period, str], ComparedWindows]:
        """What a period is compared with at this instant; every figure of a page asks."""
        calendar, now, is_past = self.controls.organization.calendar, self.now, self.controls.as_of is not None

        @functools.cache
        def compared(period: Period, compare: str) -> ComparedWindows:
            windows = compared_windows(period, Comparison(compare), calendar=calendar, now=now)
            return in_whole_days(windows, calendar) if is_past else windows

        return compared

    def download(self, panel: str, format_: str) -> str:
        """Return the address of a panel’s data as a file."""
        return reverse("admin:dashboard_data", args=[self.page, panel, format_]) + self.controls.query(
            **self.controls.fixed
        )


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
        """Return the answer as JSON, or why there is none under these filters."""
        try:
            return self.answer(lambda section: self._kept(section, given).compute(scope, given), given)
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

    def period(self, shown: Shown) -> Period:
        """Return the period that the panel is about: its own, or the reader’s."""
        timeframe = getattr(self.section, "timeframe", "")
        return shown.controls.preset_period(timeframe) if timeframe else shown.controls.period

    def comparison(self, shown: Shown) -> str:
        """Return what the panel compares with: its own, or the reader’s choice."""
        return getattr(self.section, "compare", None) or shown.controls.compare
