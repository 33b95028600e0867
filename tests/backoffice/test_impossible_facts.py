"""Forms refuse what cannot have happened, at its field, and leave alone what is there already."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from apps.core.context import organization_context
from apps.marketplace.models import Order, Refund
from tests.backoffice.test_tenancy_of_pages import order_form
from tests.builders import make_order, make_refund

NOW = datetime.datetime(2026, 3, 10, 18, 0, tzinfo=datetime.UTC)  # 14:00 in New York
ADD_ORDER = "/admin/marketplace/order/add/"
ADD_REFUND = "/admin/marketplace/refund/add/"


@pytest.fixture
def client(staff_cast, laundry, sign_in):
    with time_machine.travel(NOW, tick=False):
        yield sign_in(staff_cast.owner, laundry)


def instant(name, day, clock):
    return {f"{name}_0": f"2026-03-{day}", f"{name}_1": clock}


def errors_of(answer):
    assert answer.status_code == 200
    return {
        field: " ".join(told).replace("\xa0", " ") for field, told in answer.context["adminform"].form.errors.items()
    }


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        (instant("placed_at", "10", "14:02:00"), "placed_at", "This is still to come: it is 10 Mar 2026, 14:00 now."),
        (instant("delivered_at", "10", "11:59:00"), "delivered_at", "before the order was placed, 10 Mar 2026, 12:00"),
        (
            {"status": "completed", **instant("completed_at", "11", "09:00:00")},
            "completed_at",
            "This is still to come: it is 10 Mar 2026, 14:00 now.",
        ),
    ],
)
def test_an_order_that_cannot_be_is_refused_at_its_field(fields, field, told, client, laundry):
    errors = errors_of(client.post(ADD_ORDER, order_form(**fields)))
    assert list(errors) == [field]
    assert told in errors[field]
    with organization_context(laundry.pk):
        assert not Order.objects.exists()


def test_an_order_of_this_minute_and_a_booking_to_come_are_accepted(client, laundry):
    fields = {**instant("placed_at", "10", "14:00:00"), **instant("scheduled_for", "20", "09:00:00")}
    assert client.post(ADD_ORDER, order_form(**fields, **instant("delivered_at", "10", "14:00:30"))).status_code == 302


def test_what_came_from_elsewhere_can_still_be_edited(client, laundry):
    order = make_order(laundry, placed_at=NOW, accepted_at=NOW - datetime.timedelta(days=1), status="accepted")
    form = order_form(
        number="renamed", status="accepted", **instant("placed_at", "10", "14:00:00"),
        **instant("accepted_at", "09", "14:00:00"),
    )  # fmt: skip
    path = reverse("admin:marketplace_order_change", args=[order.pk])
    assert client.post(path, form).status_code == 302
    errors = errors_of(client.post(path, form | {"accepted_at_1": "13:00:00"}))
    assert list(errors) == ["accepted_at"]


@pytest.mark.parametrize(
    ("amount", "told"), [("15.00", ""), ("15.01", "of which USD 5.00 is refunded: at most USD 15.00 is left.")]
)
def test_a_refund_gives_back_no_more_than_is_left(amount, told, client, laundry):
    order = make_order(laundry, total=20, placed_at=NOW - datetime.timedelta(days=2))
    make_refund(laundry, order=order, amount=5, refunded_at=NOW - datetime.timedelta(days=1))
    form = {"order": str(order.pk), "amount": amount, **instant("refunded_at", "10", "13:00:00")}
    answer = client.post(ADD_REFUND, form)
    if told:
        assert told in errors_of(answer)["amount"]
    else:
        assert answer.status_code == 302
    with organization_context(laundry.pk):
        assert Refund.objects.count() == (1 if told else 2)


def test_a_refund_may_be_raised_up_to_the_order_and_not_beyond(client, laundry):
    order = make_order(laundry, total=20, placed_at=NOW - datetime.timedelta(days=2))
    refund = make_refund(laundry, order=order, amount=5, refunded_at=NOW - datetime.timedelta(days=1))
    path = reverse("admin:marketplace_refund_change", args=[refund.pk])
    form = {"order": str(order.pk), **instant("refunded_at", "10", "13:00:00")}
    assert "The order came to USD 20.00" in errors_of(client.post(path, form | {"amount": "20.01"}))["amount"]
    assert client.post(path, form | {"amount": "20.00"}).status_code == 302


def test_a_refund_that_is_still_to_come_is_refused(client, laundry):
    order = make_order(laundry, total=20, placed_at=NOW)
    form = {"order": str(order.pk), "amount": "1", **instant("refunded_at", "12", "13:00:00")}
    assert list(errors_of(client.post(ADD_REFUND, form))) == ["refunded_at"]


@pytest.mark.parametrize(("second", "is_accepted"), [("8.00", True), ("8.01", False)])
def test_the_refunds_on_an_orders_page_are_added_up(second, is_accepted, client, laundry):
    refunds = {"refunds-TOTAL_FORMS": "2"}
    for number, amount in enumerate(("12.00", second)):
        refunds[f"refunds-{number}-amount"] = amount
        refunds |= instant(f"refunds-{number}-refunded_at", "10", "13:00:00")
    answer = client.post(ADD_ORDER, order_form(total="20.00", **refunds))
    assert (answer.status_code == 302) is is_accepted
    if not is_accepted:
        formset = next(
            one.formset for one in answer.context["inline_admin_formsets"] if one.formset.prefix == "refunds"
        )
        assert "at most USD 8.00 is left" in formset.errors[1]["amount"][0].replace("\xa0", " ")
    with organization_context(laundry.pk):
        assert Refund.objects.count() == (2 if is_accepted else 0)
