"""Facts of contact: each constraint of the database, just inside and just outside."""

import pytest

from tests import builders
from tests.rows import checks_of, prove_check

pytestmark = pytest.mark.django_db

CASES = {
    "interaction_type": (
        [{"type": t} for t in ("call", "email", "meeting", "support_ticket", "complaint", "feedback")],
        [{"type": "visit"}, {"type": ""}],
    ),
    "interaction_status": (
        [{"status": s} for s in ("pending", "in_progress", "completed", "cancelled")],
        [{"status": "done"}],
    ),
}
MODELS = checks_of("engagement")


@pytest.mark.parametrize("name", CASES)
def test_a_check_lets_in_and_refuses_what_it_should(name, laundry):
    inside, outside = CASES[name]
    prove_check(name, MODELS[name], laundry, inside, outside)


def test_every_check_of_the_app_is_proved():
    assert set(CASES) == set(MODELS)


def test_rows_describe_themselves(laundry):
    customer = builders.make_customer(laundry, name="Ada")
    segment = builders.make_segment(laundry, name="Regulars")
    assert str(segment) == "Regulars"
    assert str(builders.make_segment_member(segment, customer)) == "Regulars: Ada"
    assert str(builders.make_interaction(customer)) == "Call"
    assert str(builders.make_interaction(customer, subject="Lost button")) == "Lost button"


def test_the_outcome_of_a_contact_may_be_unknown(laundry):
    customer = builders.make_customer(laundry)
    assert [builders.make_interaction(customer, successful=known).successful for known in (None, True, False)] == [
        None,
        True,
        False,
    ]
