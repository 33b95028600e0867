"""The page that says what each metric means: all of it comes from the declarations, none of it is written here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.administration.requests import may
from apps.accounts.models import Role
from apps.accounts.notation import current_notation
from apps.analytics.metrics import examples
from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Metric, Unit
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.expressions import formula_of
from apps.analytics.metrics.questions import dimensions_of
from apps.documents.units import UNITS, written

_NAME = re.compile(r"([a-z]\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A metric as the page shows it. `expression` is in parts, each with the metric of that key, if there is one."""

    metric: Metric
    unit: str | Promise
    expression: tuple[tuple[str, bool], ...]
    divided_by: tuple[str, ...]
    example: str
    example_of: str

    @property
    def words(self) -> str:
        """What it is found by."""
        metric = self.metric
        return " ".join((metric.label, metric.key, metric.group, str(self.unit), metric.formula)).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Metrics that belong together."""

    title: str
    entries: tuple[Entry, ...]

    @property
    def anchor(self) -> str:
        """Its address on the page; metrics have their keys."""
        return f"group-{slugify(self.title)}"


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """List every metric with what it means, to whoever may see figures."""
    if not may(request, Role.VIEWER):
        raise PermissionDenied
    context = admin.site.each_context(request) | {
        "title": _("Metrics"),
        "groups": list(groups()),
        "total": len(METRICS),
        "example_day": examples.told(),
        "example": examples,
    }
    return TemplateResponse(request, "backoffice/metrics.html", context)


def groups() -> Iterator[Group]:
    """Yield the groups in the order of the catalogue."""
    for title, found in groupby(METRICS.values(), key=lambda metric: metric.group):
        yield Group(title=title, entries=tuple(_entry(metric) for metric in found))


def _entry(metric: Metric) -> Entry:
    return Entry(
        metric=metric,
        unit=UNITS[metric.unit],
        expression=_parts(metric),
        divided_by=tuple(DIMENSIONS[key].label for key in dimensions_of(metric)),
        example=_example(metric),
        example_of=f"{DIMENSIONS[metric.example.by].label} {metric.example.named}" if metric.example.by else "",
    )


def _parts(metric: Metric) -> tuple[tuple[str, bool], ...]:
    parts = (part for part in _NAME.split(formula_of(metric.expression)) if part)
    return tuple((part, part in METRICS and part != metric.key) for part in parts)


def _example(metric: Metric) -> str:
    """Return the value of the example with all of its digits, in the currency of the example."""
    value = metric.example.value
    notation = replace(current_notation(), currency=examples.CURRENCY)
    if metric.unit == Unit.PERCENT:
        return notation.percent(value, max(0, -int(value.as_tuple().exponent)))
    return written(value, metric.unit, notation)
