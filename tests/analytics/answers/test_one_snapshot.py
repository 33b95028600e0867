"""An answer, a report and an explanation are of one moment each, whatever is committed meanwhile."""

import pytest
from django.db import DatabaseError

from apps.analytics.answers.answering import From, answered
from apps.analytics.metrics.scope import scope_of
from apps.core.database import in_snapshot, tenant_cursor
from tests.analytics.answers.asking import ask_in_a_loop, compute, make_trade
from tests.analytics.answers.test_answering import asked
from tests.analytics.records import refresh
from tests.analytics.sessions import Session
from tests.builders import make_order

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_answer_mixes_two_moments_while_a_refresher_and_writers_run(laundry):
    tally = ask_in_a_loop(laundry, make_trade(laundry), answers=60)
    assert (tally.mixed, tally.computed) == (0, 60)
    assert tally.versions > 5, "too little at the same time to prove anything"


def test_a_refresh_in_the_middle_is_not_in_the_answer_and_makes_it_old(laundry):
    make_order(laundry)
    refresh(laundry)
    readings = []

    def meets_a_refresh(scope):
        readings.append(compute(scope))
        with Session() as other:
            other.do(lambda: (make_order(laundry), refresh(laundry)))
        readings.append(compute(scope))
        return {"version": scope.freshness.data_version}

    answer = answered(asked(laundry), meets_a_refresh)
    assert readings[0] == readings[1]
    assert answer.source == From.LIVE
    after = answered(asked(laundry), lambda scope: {"version": scope.freshness.data_version})
    assert after.version == answer.version + 1


def test_whoever_computes_cannot_write(laundry):
    def writes(scope):
        with tenant_cursor() as cursor:
            cursor.execute("DELETE FROM analytics_changelog")

    with pytest.raises(DatabaseError, match="read-only"):
        answered(asked(laundry), writes)


def test_the_version_and_the_figures_of_a_snapshot_are_of_one_moment(laundry):
    make_order(laundry)
    refresh(laundry)
    with in_snapshot(), Session() as other:
        before = compute(scope := scope_of(laundry))
        other.do(lambda: (make_order(laundry), refresh(laundry)))
        assert scope_of(laundry).freshness.data_version == scope.freshness.data_version
        assert compute(scope) == before
    assert scope_of(laundry).freshness.data_version == scope.freshness.data_version + 1
