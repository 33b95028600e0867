"""Questions about an organization that the planner's statistics have never seen: work in proportion to the facts."""

import datetime

import pytest
import time_machine

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Metric, RefundBasis
from apps.analytics.metrics.explanation import explain
from apps.analytics.metrics.questions import InvalidQuestion, Question, ask, dimensions_of, has_basis
from apps.analytics.metrics.scope import scope_of
from apps.core.context import organization_context
from apps.core.periods import Period
from apps.marketplace.models import Category, Customer, Order, Partner, Product
from tests.analytics.newcomers import DAYS, FIRST, ORDERS, newcomer, work_done
from tests.analytics.records import refresh

pytestmark = pytest.mark.django_db

# A fact passes some twenty nodes of a plan, for each of up to three measures. Row by row it would be 400 for each.
ROWS_A_FACT = 60
THE_MONTH = Period(FIRST.date(), FIRST.date() + datetime.timedelta(days=DAYS - 1))
IDS = {"partner": Partner, "product": Product, "category": Category, "customer": Customer}


@pytest.fixture
def scope():
    with time_machine.travel(FIRST + datetime.timedelta(days=DAYS), tick=True):
        organization = newcomer()
        refresh(organization)
        yield scope_of(organization)


def value_of(dimension: str) -> str:
    if dimension in IDS:
        return str(IDS[dimension].objects.values_list("pk", flat=True).first())
    return {"stage": "total", "status": "completed", "payment_method": "card", "weekday": "4", "hour": "7"}.get(
        dimension, ""
    )


def questions() -> list[tuple[str, Question]]:
    """Return every relation of facts with every filter it is read by, each once."""
    kinds = {}
    for metric in METRICS.values():
        for basis in RefundBasis if has_basis(metric) else [RefundBasis.REFUND_DAY]:
            for dimension in ["", *dimensions_of(metric)]:
                question = question_of(metric, dimension, basis)
                if question is not None:
                    for measure in question.measures:
                        facts = question.facts_of(measure)
                        name = f"{facts.relation}, by {dimension or 'nothing'}, each {facts.distinct or 'fact'}"
                        kinds.setdefault(name, question)
    return list(kinds.items())


def question_of(metric: Metric, dimension: str, basis: str) -> Question | None:
    filters = {dimension: [value_of(dimension)]} if dimension else {}
    try:
        return ask([metric.key], period=THE_MONTH, refund_basis=basis, filters=filters)
    except InvalidQuestion:  # it makes no sense without a dimension
        return None


def test_every_relation_is_explained_by_every_filter_in_proportion_to_its_facts(scope):
    slow, seen = {}, set()
    with organization_context(scope.organization.pk):
        asked = questions()
    for name, question in asked:
        seen.add(name.partition(",")[0])
        with work_done() as done:
            explain(question, scope)
        rows = max(rows for rows, _ in done)
        if rows > ROWS_A_FACT * ORDERS:
            slow[name] = rows

    assert len(asked) > 100
    assert slow == {}
    assert seen == {
        "orders", "lines", "payments", "refunds", "refunds_by_order_day", "processing_times", "reviews", "issues",
        "interactions", "customer_base", "partner_base", "stock",
    }  # fmt: skip


def test_a_refresh_and_a_list_work_in_proportion_to_the_facts_of_their_days(scope):
    organization = scope.organization
    with organization_context(organization.pk):
        Order.objects.update(tip=1)
    with work_done(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "CREATE TEMP TABLE refresh")) as done:
        refresh(organization)
        with organization_context(organization.pk):
            list(Order.objects.select_related("customer", "partner").order_by("-placed_at", "-id")[:50])

    rows, plan = max(done)
    assert rows < ROWS_A_FACT * ORDERS, plan
