"""The example day of the glossary, written as facts."""

import datetime
from zoneinfo import ZoneInfo

from apps.accounts.models import Organization
from apps.analytics.metrics import examples
from apps.core.context import organization_context
from apps.marketplace.models import Order
from tests.builders import (
    make_customer,
    make_interaction,
    make_issue,
    make_line,
    make_order,
    make_partner,
    make_payment,
    make_product,
    make_refund,
    make_review,
)

ZONE = ZoneInfo(examples.TIMEZONE)


def at(day: datetime.date, hour: int = 9, minutes: int = 0) -> datetime.datetime:
    begin = datetime.datetime.combine(day, datetime.time(hour), ZONE).astimezone(datetime.UTC)
    return begin + datetime.timedelta(minutes=minutes)


def write_example_day(organization: Organization) -> None:
    partners = {
        told.name: make_partner(organization, name=told.name, status=told.status, daily_capacity=told.daily_capacity)
        for told in examples.PARTNERS
    }
    products = {
        told.name: make_product(
            organization,
            name=told.name,
            kind="good" if told.stock_quantity else "service",
            price=told.price,
            cost=told.cost,
            stock_quantity=told.stock_quantity,
        )
        for told in examples.PRODUCTS
    }
    customers = {name: make_customer(organization, name=name) for name in ("Ann", "Ben", "Cem", "Dee", "Eve")}
    orders = {}
    for told in examples.ORDERS:
        minutes = {
            "accepted_at": told.accepted,
            "picked_up_at": told.picked_up,
            "processed_at": told.processed,
            "delivered_at": told.delivered,
            "completed_at": told.completed,
        }
        order = make_order(
            organization,
            number=told.number,
            customer=customers[told.customer],
            partner=partners.get(told.partner),
            channel=told.channel,
            status=told.status,
            placed_at=at(told.day),
            subtotal=told.subtotal,
            discount=told.discount,
            tax=told.tax,
            delivery_fee=told.delivery_fee,
            tip=told.tip,
            total=told.total,
            **{name: None if after is None else at(told.day, minutes=after) for name, after in minutes.items()},
        )
        orders[told.number] = order
        for quantity, name in told.lines:
            price = products[name].price
            make_line(order, product=products[name], quantity=quantity, unit_price=price, total=quantity * price)
        if told.paid:
            make_payment(order, method=told.paid[0], amount=told.paid[1], status="captured")
        if told.rating:
            make_review(order, rating=told.rating, reviewed_at=at(told.day, 20))
        if told.issue:
            make_issue(order, kind=told.issue, reported_at=at(told.day, 21))
    for told in examples.REFUNDS:
        make_refund(organization, order=orders[told.order], amount=told.amount, refunded_at=at(told.day, 15))
    for told in examples.CONTACTS:
        make_interaction(
            customers["Ann"],
            type=told.type,
            automated=told.automated,
            successful=told.successful,
            occurred_at=at(examples.DAY, 11),
        )


def order_named(organization: Organization, number: str) -> Order:
    with organization_context(organization.pk):
        return Order.objects.get(number=number)
