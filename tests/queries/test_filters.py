"""Which rows an export has: half-open windows, references, choices, and what is refused."""

import csv
import datetime
import io

import pytest
from django.db.models import Q

from apps.queries.datasets import DATASETS
from apps.queries.datasets.conditions import as_condition, conditions_of
from apps.queries.errors import ExportRefused
from tests.builders import make_customer, make_line, make_order, make_partner, make_payment, make_refund
from tests.queries.conftest import ask

pytestmark = pytest.mark.django_db
SECOND = datetime.timedelta(seconds=1)


def numbers(data: bytes, column: str = "number") -> list[str]:
    return [row[column] for row in csv.DictReader(io.StringIO(data.decode(), newline=""))]


def test_a_period_is_a_half_open_window_of_business_days(cast, wholesaler, exported):
    from tests.builders import make_member

    owner = make_member(wholesaler, role="owner")
    first, beyond = (datetime.datetime(2026, 3, day, 20, 0, tzinfo=datetime.UTC) for day in (9, 11))  # 04:00 in Taipei
    for number, placed_at in (("early", first - SECOND), ("a", first), ("b", beyond - SECOND), ("late", beyond)):
        make_order(wholesaler, number=number, placed_at=placed_at)
    days = {"start_date": "2026-03-10", "end_date": "2026-03-11"}
    assert numbers(exported(wholesaler, owner, "orders", filters=days)) == ["a", "b"]


def test_rows_are_kept_by_references_choices_ids_and_texts(cast, laundry, exported):
    anna, line = make_customer(laundry, city="Troy"), make_partner(laundry)
    one = make_order(laundry, number="one", customer=anna, partner=line, status="completed")
    two = make_order(laundry, number="two", customer=anna)
    three = make_order(laundry, number="three", partner=line)
    make_payment(one)
    make_payment(two)
    make_line(three)
    make_refund(laundry, order=one)
    make_refund(laundry, customer=anna)

    def found(dataset="orders", column="number", **filters):
        return sorted(numbers(exported(laundry, cast.analyst, dataset, filters=filters), column))

    assert found(customer=[str(anna.pk)]) == ["one", "two"]
    assert found(customer=[""]) == ["three"]
    assert found(partner=[str(line.pk), ""]) == ["one", "three", "two"]
    assert found(status=["completed"], partner=str(line.pk)) == ["one"]
    assert found(ids=[str(two.pk), str(three.pk)]) == ["three", "two"]
    assert found(number="two") == ["two"]
    assert found("customers", "name", city="Troy") == [anna.name]
    assert found("payments", "order_number", customer=[str(anna.pk)], partner=[str(line.pk)]) == ["one"]
    assert found("order_lines", "order_number", partner=[str(line.pk)]) == ["three"]
    assert found("refunds", "order_number", customer=[str(anna.pk)]) == ["", "one"]
    assert found("order_lines", "order_number", start_date="2026-03-10", end_date="2026-03-10") == ["three"]


def test_a_reference_into_another_organization_finds_nothing(cast, laundry, clinic, exported):
    theirs = make_order(clinic, customer=make_customer(clinic))
    make_order(laundry)
    for filters in ({"ids": [str(theirs.pk)]}, {"customer": [str(theirs.customer_id)]}):
        assert numbers(exported(laundry, cast.analyst, "orders", filters=filters)) == []


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"colour": "red"}, "filters.colour"),
        ({"organization": "x"}, "filters.organization"),
        ({"status": "sold"}, "filters.status"),
        ({"status": []}, "filters.status"),
        ({"status": {"in": ["completed"]}}, "filters.status"),
        ({"customer": "me"}, "filters.customer"),
        ({"ids": [""]}, "filters.ids"),
        ({"number": "a\x00"}, "filters.number"),
        ({"number": "\ud800"}, "filters.number"),
        ({"number": "x" * 301}, "filters.number"),
        ({"start_date": "10.3.2026"}, "filters.start_date"),
        ({"start_date": 5}, "filters.start_date"),
        ({"start_date": "2026-03-10", "end_date": "2026-03-09"}, "filters.start_date"),
        ({"timeframe": "forever"}, "filters.timeframe"),
        ({"timeframe": "7d", "start_date": "2026-03-10"}, "filters.timeframe"),
    ],
    ids=range(15),
)
def test_what_cannot_be_read_is_refused_and_named(filters, field, cast, laundry):
    with pytest.raises(ExportRefused) as refused:
        ask(laundry, cast.analyst, "orders", filters=filters)
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["email", "phone", "external_id"])
def test_viewers_find_nobody_by_how_they_can_be_reached(name, cast, laundry):
    with pytest.raises(ExportRefused) as refused:
        ask(laundry, cast.viewer, "customers", filters={name: "anna@example.com"})
    assert refused.value.field == f"filters.{name}"
    assert name not in refused.value.message.partition("there are")[2]
    assert ask(laundry, cast.analyst, "customers", filters={name: "anna@example.com"})


@pytest.mark.parametrize(
    "asked",
    [
        Q(organization__slug="clinic"),
        Q(customer__user__password__startswith="a"),
        Q(customer__orders__number="x"),
        Q(number__regex="(a+)+"),
        Q(number__contains="x"),
        Q(nothing=1),
        Q(customer_id="no id"),
        ~Q(number="x"),
        Q(Q(number="a") & Q(number="b")) | Q(number="c"),
    ],
    ids=range(9),
)
def test_conditions_are_about_declared_columns_only(asked):
    with pytest.raises(ExportRefused):
        conditions_of(DATASETS["orders"], asked, in_full=True)


def test_conditions_that_were_tampered_with_are_refused_when_they_are_applied():
    with pytest.raises(ExportRefused):
        as_condition(DATASETS["orders"], [[["customer__user__password__startswith", "a"]]])


def test_conditions_by_contact_details_are_not_for_viewers():
    asked = Q(customer__email="anna@example.com")
    assert conditions_of(DATASETS["orders"], asked, in_full=True) == [[["customer__email", "anna@example.com"]]]
    with pytest.raises(ExportRefused):
        conditions_of(DATASETS["orders"], asked, in_full=False)
