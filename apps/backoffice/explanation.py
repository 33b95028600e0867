"""Where one number comes from: its formula, what it is of, and the rows that add up to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from apps.accounts.administration.figures import list_of
from apps.accounts.notation import Notation
from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Metric, Unit
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.doubts import as_said
from apps.analytics.metrics.explanation import Contribution, Explanation, explain
from apps.analytics.metrics.expressions import formula_of
from apps.analytics.metrics.measures import MEASURES
from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.questions import InvalidQuestion, Question, ask, dimensions_of, has_basis
from apps.analytics.metrics.restatement import Restatement
from apps.analytics.metrics.scope import Scope, scope_of
from apps.analytics.models import CacheType
from apps.analytics.rest.presentation import as_said_json, values_json
from apps.backoffice.dashboards.controls import Controls, read_controls, rows_query
from apps.backoffice.dashboards.page import Page
from apps.backoffice.dashboards.views import member, page_context, said_of, stale_in_words
from apps.core.database import in_snapshot
from apps.documents.changes import change_of
from apps.documents.units import written
from apps.marketplace.models import Order, OrderStatus

PAGE_SIZE = 25
_KINDS: dict[str, tuple[str | Promise, str]] = {  # what a fact is called, and the model whose page shows it
    "order": (_lazy("Order"), "marketplace_order"),
    "order_line": (_lazy("Order line"), ""),
    "payment": (_lazy("Payment"), "marketplace_payment"),
    "refund": (_lazy("Refund"), "marketplace_refund"),
    "review": (_lazy("Review"), "marketplace_review"),
    "issue": (_lazy("Issue"), "marketplace_orderissue"),
    "customer": (_lazy("Customer"), "marketplace_customer"),
    "partner": (_lazy("Partner"), "marketplace_partner"),
    "product": (_lazy("Product"), "marketplace_product"),
    "interaction": (_lazy("Contact"), "engagement_interaction"),
}
_LISTED: dict[str, dict[str, str]] = {  # the condition of a measure's orders, as their list filters by it
    "true": {},
    "fact.counted": {"counted": "yes"},
    **{f"fact.status = '{status}'": {"status__exact": status} for status in OrderStatus.values},
}
_PARTS: dict[str, str | Promise] = {
    "value": _lazy("The value"),
    "numerator": _lazy("Above the line"),
    "denominator": _lazy("Below the line"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fact and its part of the value, as the page shows them."""

    kind: str
    name: str
    href: str
    at: str
    measure: str
    value: str


@require_safe
def explanation(request: HttpRequest, key: str) -> HttpResponseBase:
    """Explain a metric over a period, under filters; the rows of a value page by page."""
    access = member(request)
    metric = METRICS.get(key)
    if metric is None:
        raise Http404
    controls = read_controls(request, access.organization)
    page = _page(metric)
    context: dict[str, Any] = {**admin.site.each_context(request), **page_context(page, controls), "metric": metric}
    try:
        question = question_of([key], controls)
        with in_snapshot():
            scope = scope_of(access.organization, as_of=controls.as_of)
            found = explain(
                question,
                scope,
                part=request.GET.get("part", ""),
                cursor=request.GET.get("cursor") or None,
                page_size=PAGE_SIZE,
            )
            change = _change(metric, controls, scope)
    except InvalidQuestion as error:
        context |= {"problem": error.message}
        return TemplateResponse(request, "backoffice/dashboards/explanation.html", context, status=400)
    context |= {**_explained(found, question, controls, scope), "change": change}
    context |= {"as_said": said_of(as_said_json(as_said(scope)), controls)}
    return TemplateResponse(request, "backoffice/dashboards/explanation.html", context)


def question_of(metrics: Sequence[str], controls: Controls) -> Question:
    """Return what an address asks of metrics.

    Raises:
        InvalidQuestion: they are not kept by the filters.

    """
    return ask(metrics, period=controls.period, refund_basis=controls.refund_basis, filters=controls.filters)


def _page(metric: Metric) -> Page:
    """Return the page’s head: a metric can be filtered by whatever it can be divided by."""
    by = tuple(key for key in dimensions_of(metric) if DIMENSIONS[key].choices or key in {"partner", "category"})
    return Page(
        key="metric",
        title=metric.label,
        about=metric.formula,
        icon="function",
        type=CacheType.DASHBOARD,
        panels=(),
        filters=by,
    )


def _change(metric: Metric, controls: Controls, scope: Scope) -> dict[str, Any] | None:
    """Return how the value compares with that of the earlier period; None for a metric of the present.

    An earlier period that is compared in part has no rows of its own to lead to: days are explained whole.
    """
    if metric.is_snapshot:
        return None
    notation = controls.notation
    table = query_metrics(
        scope,
        [metric.key],
        period=controls.period,
        compare=controls.compare,
        refund_basis=controls.refund_basis,
        filters=controls.filters,
    )
    compared = values_json(table)[metric.key]
    windows = scope.compared(controls.period, controls.compare)
    earlier = reverse("admin:metric", args=[metric.key]) + rows_query(
        controls.options, {}, windows.earlier, said=controls.said
    )
    return {
        "value": written(compared["value"], metric.unit, notation),
        "earlier": written(compared["earlier"], metric.unit, notation),
        "days": notation.days(windows.period.first, windows.period.last),
        "earlier_days": notation.days(windows.earlier.first, windows.earlier.last),
        "earlier_href": "" if windows.partial else earlier,
        "is_partial": windows.partial,
        "in_words": change_of(metric, compared, windows, notation),
    }


def _explained(found: Explanation, question: Question, controls: Controls, scope: Scope) -> dict[str, Any]:
    metric, notation = found.metric, controls.notation
    unit = _unit_of_part(metric, found.part)
    parts = [
        {
            "name": _PARTS[name],
            "is_shown": name == found.part,
            "href": controls.query(part=name),
            "terms": [
                {
                    "sign": "\N{MINUS SIGN}" if term.sign < 0 else "+",
                    "name": words(term.measure),
                    "value": written(term.value, _unit_of_part(metric, name), notation),
                    "said": written(term.said, _unit_of_part(metric, name), notation),
                    "facts": notation.number(term.facts),
                }
                for term in terms
            ],
        }
        for name, terms in found.parts.items()
    ]
    value = found.table.total[metric.key]
    shown = sum(term.facts for term in found.parts[found.part])
    reason = scope.freshness.reason
    return {
        "value": written(value, metric.unit, notation),
        "expression": formula_of(metric.expression),
        "parts": parts,
        "rows": [_row(fact, unit, notation) for fact in found.contributions],
        "rows_in_all": notation.number(shown),
        "next": controls.query(part=found.part, cursor=found.next_cursor) if found.next_cursor else "",
        "first": controls.query(part=found.part),
        "statement": found.statement,
        "as_of": notation.instant(scope.freshness.as_of) if scope.freshness.as_of else "",
        "zone": controls.organization.timezone,
        "basis": has_basis(metric),
        "has_changed": scope.as_of is None and _has_changed(found),
        "stale": stale_in_words(reason, scope.freshness.failing_days, scope.now, notation) if reason else "",
        "restated": found.restated and _restated(found.restated, metric, notation),
        "orders": _orders_list(found, question, controls),
    }


def _restated(restated: Restatement, metric: Metric, notation: Notation) -> dict[str, Any]:
    return {
        "value": written(restated.value, metric.unit, notation),
        "days": [
            {
                "day": notation.day(day.date),
                "said": written(day.said, metric.unit, notation),
                "says": written(day.says, metric.unit, notation),
            }
            for day in reversed(restated.days)
        ],
        "more": notation.number(restated.more_days) if restated.more_days else "",
    }


def words(measure: str) -> str:
    """Return a measure’s key as words."""
    return measure.replace("_", " ").capitalize()


def _has_changed(found: Explanation) -> bool:
    """Tell whether the rows, as they are now, no longer add up to the value: a refresh is due."""
    if "value" not in found.parts:
        return False
    value = found.table.total[found.metric.key] or 0
    return sum(term.sign * term.value for term in found.parts["value"]) != value


def _unit_of_part(metric: Metric, part: str) -> Unit:
    return metric.unit if part == "value" else Unit.NUMBER


def _row(fact: Contribution, unit: Unit, notation: Notation) -> Row:
    kind, model = _KINDS[fact.kind]
    of_its_order = f"{reverse('admin:marketplace_order_changelist')}?{urlencode({'q': fact.reference})}"
    return Row(
        kind=str(kind),
        name=fact.reference or _("without a number"),
        href=reverse(f"admin:{model}_change", args=[fact.id]) if model else of_its_order,
        at=notation.instant(fact.at) if fact.at else "",
        measure=words(fact.measure),
        value=written(fact.value, unit, notation),
    )


def _orders_list(found: Explanation, question: Question, controls: Controls) -> str:
    """Return the list of just the orders that the rows are, where the list has the same filters."""
    known = {"partner": "partner__id__exact", "status": "status__exact", "customer": "customer__id__exact"}
    filters = controls.filters
    if not set(filters) <= set(known) or any(len(values) > 1 or not values[0] for values in filters.values()):
        return ""
    facts = {question.facts_of(MEASURES[term.measure]) for term in found.parts[found.part]}
    conditions = {one.where for one in facts}
    if {(one.relation, one.distinct) for one in facts} != {("orders", "")} or len(conditions) > 1:
        return ""
    kept = _LISTED.get(conditions.pop())
    chosen = {known[key]: value for key, (value,) in filters.items()}
    if kept is None or set(kept) & set(chosen):
        return ""
    days = {"placed_at_from": controls.period.first, "placed_at_to": controls.period.last}
    return list_of(Order, **days, **kept, **chosen)
