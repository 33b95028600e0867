"""Whatever is asked of whatever happened: every value is what the facts say, and the facts behind it add up to it.

`BELLWETHER_EXAMPLES` multiplies the number of examples; with it they are new ones each time.
"""

import datetime
import itertools
import os
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.explanation import explain
from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.questions import MAX_METRICS, InvalidQuestion, Question, ask, dimensions_of
from apps.core.periods import Grain, Period
from tests.analytics.metrics.plain_answers import ONLY_BY, PlainAnswer
from tests.analytics.metrics.plain_metrics import PLAIN, shown
from tests.analytics.metrics.worlds import Asked, bases, comparisons, grains, periods, worlds

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = int(os.environ.get("BELLWETHER_EXAMPLES", "1"))


def examples(number: int) -> settings:
    return settings(
        max_examples=number * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # an example takes a second: the first that fails is told as it is
        print_blob=True,
    )


def wrong(asked: Asked, metrics: Sequence[str], **options: Any) -> list[str]:
    """Ask, and return what is not as the facts say."""
    table = query_metrics(asked.scope, metrics, **options)
    return PlainAnswer(table.question, asked.facts, asked.scope.now).differences(table)


def can_be_asked(metric: str, **options: Any) -> bool:
    try:
        ask([metric], **options)
    except InvalidQuestion:
        return False
    return True


def batches(metrics: Iterable[str]) -> Iterable[list[str]]:
    """Return as many metrics at once as one question takes."""
    chosen = list(metrics)
    return (chosen[start : start + MAX_METRICS] for start in range(0, len(chosen), MAX_METRICS))


def test_every_metric_has_a_definition_of_its_own_here():
    assert PLAIN.keys() == METRICS.keys()
    assert {key for key, plain in PLAIN.items() if plain.is_of_the_present} == {
        key for key, metric in METRICS.items() if metric.is_snapshot
    }


def by_each(dimension: str | None) -> list[str]:
    """Return the metrics that can be divided by a dimension, or stand alone."""
    if dimension is None:
        return [name for name in METRICS if name not in ONLY_BY]
    return [name for name, metric in METRICS.items() if dimension in dimensions_of(metric)]


@examples(6)
@given(world=worlds, step=st.sampled_from(["previous_period", "previous_period", "same_weekdays"]))
def test_today_so_far_beside_an_earlier_day_so_far_is_what_the_facts_say(world, step):
    with world.happened() as businesses:
        asked = Asked(businesses[0])
        options = {"period": Period(asked.scope.today, asked.scope.today), "compare": step}
        found = []
        for key in [None, *DIMENSIONS]:
            dimensions, metrics = [key] if key else [], by_each(key)
            for batch in batches(metrics):
                found += wrong(asked, batch, dimensions=dimensions, **options)
            booked = [name for name in ("net_revenue", "refund_amount", "refund_rate") if name in metrics]
            if booked:
                found += wrong(asked, booked, dimensions=dimensions, refund_basis="order_day", **options)
        assert found == []


@examples(3)
@given(world=worlds, data=st.data())
def test_every_metric_by_every_dimension_and_grain_is_what_the_facts_say(world, data):
    with world.happened() as businesses:
        asked = Asked(businesses[0])
        found = []
        for key in [None, *DIMENSIONS]:
            options = {"dimensions": [key] if key else [], "period": data.draw(periods(asked.scope))}
            options |= {"compare": data.draw(comparisons), "refund_basis": data.draw(bases)}
            for batch in batches(by_each(key)):
                found += wrong(asked, batch, **options)
        for grain in Grain:
            options = {"grain": str(grain), "period": data.draw(periods(asked.scope)), "compare": "previous_period"}
            for batch in batches(name for name in METRICS if can_be_asked(name, **options)):
                found += wrong(asked, batch, **options)
        assert found == []


def draw_question(data: Any, asked: Asked) -> dict[str, Any] | None:
    """Return metrics and options that go together, or None where nothing does."""
    keys = st.sampled_from(list(DIMENSIONS))
    options: dict[str, Any] = {
        "period": data.draw(periods(asked.scope)),
        "dimensions": data.draw(st.lists(keys, max_size=2, unique=True)),
        "filters": {
            key: data.draw(st.lists(st.sampled_from(values_of(asked, key)), min_size=1, max_size=3, unique=True))
            for key in data.draw(st.lists(keys, max_size=1) | st.lists(keys, max_size=2, unique=True))
        },
        "grain": data.draw(st.none() | grains),
        "compare": data.draw(comparisons),
        "refund_basis": data.draw(bases),
        "limit": data.draw(st.sampled_from([1, 2, 100])),
    }
    possible = [name for name in METRICS if can_be_asked(name, **options)]
    if not possible:
        return None
    metrics = data.draw(st.lists(st.sampled_from(possible), min_size=1, max_size=6, unique=True))
    order = data.draw(st.sampled_from(["", *metrics, *(f"-{name}" for name in metrics)]))
    return {"metrics": metrics, **options, "order": order}


def values_of(asked: Asked, dimension: str) -> list[str]:
    """Return the values that facts have of a dimension, and none."""
    records = itertools.chain.from_iterable(asked.facts.kinds.values())
    return sorted({"", *(one.by[dimension] for one in records if dimension in one.by)})


@examples(5)
@given(world=worlds, data=st.data())
def test_any_question_is_answered_as_the_facts_say(world, data):
    with world.happened() as businesses:
        for business in (*[businesses[0]] * 10, *businesses[1:]):
            asked = Asked(business)
            question = draw_question(data, asked)
            if question is not None:
                assert wrong(asked, **question) == []


@examples(3)
@given(world=worlds, data=st.data())
def test_the_facts_behind_a_value_add_up_to_it(world, data):
    with world.happened() as businesses:
        asked = Asked(businesses[0])
        ever = Period(asked.scope.today - datetime.timedelta(days=740), asked.scope.today)
        found = []
        for key in [None, *DIMENSIONS]:
            period = data.draw(st.just(ever) | periods(asked.scope))
            options: dict[str, Any] = {"period": period, "refund_basis": data.draw(bases)}
            if key:
                options["filters"] = {key: [data.draw(st.sampled_from(values_of(asked, key)))]}
            possible = [name for name in METRICS if can_be_asked(name, **options)]
            if key and possible:
                possible = data.draw(st.lists(st.sampled_from(possible), min_size=1, max_size=6, unique=True))
            for name in possible:
                page_size = data.draw(st.sampled_from([100, 100, 5]))
                found += unexplained(asked, ask([name], **options), page_size)
        assert found == []


def unexplained(asked: Asked, question: Question, page_size: int) -> list[str]:
    """Return what does not add up: parts to what the facts say, pages to parts, and parts to the value."""
    key = question.metrics[0].key
    plain, held = PLAIN[key], PlainAnswer(question, asked.facts, asked.scope.now)
    should = {"value": plain.above} if plain.below is None else {"numerator": plain.above, "denominator": plain.below}
    found = []
    for part, total in should.items():
        explained = explain(question, asked.scope, part=part, page_size=page_size)
        facts = list(explained.contributions)
        while explained.next_cursor:
            explained = explain(question, asked.scope, part=part, cursor=explained.next_cursor, page_size=page_size)
            facts += explained.contributions
        expected = Fraction(total(held.current))
        pages = sum((Fraction(fact.value) for fact in facts), Fraction(0))
        terms = sum((Fraction(term.sign * term.value) for term in explained.parts[part]), Fraction(0))
        value = explained.table.total[key]
        # A third of a minute has no end in decimals.
        near = Fraction(1, 10**9) if plain.unit == "minutes" else Fraction(0)
        if abs(pages - expected) > near or abs(terms - expected) > near or len({f.id for f in facts}) > len(facts):
            found.append(f"{held.told()} {part}: {float(pages)} {float(terms)} {float(expected)}")
        if part == "value" and value != shown(expected, plain.unit, held.digits):
            found.append(f"{held.told()}: {value} explained by {Decimal(str(float(expected)))}")
    return found
