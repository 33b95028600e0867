"""What periods, comparisons and refund bases are called, and values that figures are filtered by."""

import datetime
from collections.abc import Mapping

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts.notation import Notation
from apps.analytics.metrics.declarations import Dimension, RefundBasis
from apps.core.periods import Comparison

Text = str | Promise

PRESETS: Mapping[str, Text] = {
    "today": _lazy("Today"),
    "yesterday": _lazy("Yesterday"),
    "7d": _lazy("Last 7 days"),
    "30d": _lazy("Last 30 days"),
    "90d": _lazy("Last 90 days"),
    "1y": _lazy("Last 12 months"),
    "this_week": _lazy("This week"),
    "last_week": _lazy("Last week"),
    "mtd": _lazy("Month to date"),
    "last_month": _lazy("Last month"),
    "qtd": _lazy("Quarter to date"),
    "last_quarter": _lazy("Last quarter"),
    "ytd": _lazy("Year to date"),
    "last_year": _lazy("Last year"),
}
COMPARISONS: Mapping[str, Text] = {
    Comparison.PREVIOUS_PERIOD: _lazy("Period before"),
    Comparison.PREVIOUS_YEAR: _lazy("Year before"),
    Comparison.SAME_WEEKDAYS: _lazy("Same weekdays before"),
}
BASES: Mapping[str, Text] = {
    RefundBasis.REFUND_DAY: _lazy("On their own day"),
    RefundBasis.ORDER_DAY: _lazy("On the day of the order"),
}


def labels_of(dimension: Dimension, values: tuple[str, ...]) -> dict[str, str]:
    """Return what values of a dimension are called; one query where they are ids."""
    names: Mapping[str, Text] = dimension.choices
    if dimension.lookup:
        model = next(model for model in apps.get_models() if model._meta.db_table == dimension.lookup)
        known = [value for value in values if value]
        names = {str(row.pk): str(row) for row in model._default_manager.filter(pk__in=known)}
    return {value: str(names.get(value) or value or dimension.none_label or _("None")) for value in values}


def as_said_on(instant: datetime.datetime, notation: Notation) -> str:
    """Return the line that says of which instant of the past figures are, with its zone."""
    return _("As said on %(instant)s (%(zone)s)") % {"instant": notation.instant(instant), "zone": notation.timezone}


def nothing_said(fault: str, notation: Notation, since: datetime.datetime | None) -> str:
    """Return why nothing can be said as of a day, in words for a form; `since` is when figures were first published."""
    if fault == "not_over":
        return _("This day is not over. Choose one before today, or leave it empty for what is known now.")
    if fault != "not_published":
        return _("There is no such day. Write one as %(example)s.") % {"example": "2026-03-01"}
    if since is None:
        return _("No figures were published yet.")
    return _("What was said is known since %(instant)s, when figures were first published.") % {
        "instant": notation.instant(since)
    }


def bucket_named(first: datetime.date, last: datetime.date, notation: Notation, *, short: bool = False) -> str:
    """Return how a bucket is called: a day, a month, or its first and last day; short ones on an axis."""
    if first == last:
        return notation.day_of_month(first) if short else notation.day(first)
    if first.day == 1 and (last + datetime.timedelta(days=1)).day == 1 and first.month == last.month:
        return notation.month(first)
    return notation.day_of_month(first) if short else notation.days(first, last)
