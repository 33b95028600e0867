"""The rules by which facts of three organizations come, change and go; `test_histories` adds the refresh."""

import datetime
import uuid
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from apps.core.context import organization_context
from apps.engagement.models import Interaction, SegmentMember
from apps.marketplace.models import Order, OrderIssue, OrderLine, Payment, Product, Refund, Review
from tests.analytics import happenings
from tests.analytics.business import Business, NewOrder

numbers = st.integers(0, 30)
which = st.sampled_from([0, 0, 0, 1, 2])  # most happens to the first


class FactRules(RuleBasedStateMachine):
    """Whatever may happen to facts; each rule happens to one organization, time to all."""

    businesses: list[Business]
    clock: Any
    # What an organization's rollups said when they were last compared, until something happens to it.
    settled: dict[uuid.UUID, Any]

    def business(self, number: int) -> Business:
        business = self.businesses[number]
        self.settled.pop(business.organization.pk, None)
        return business

    def settled_business(self, number: int) -> Business:
        """Return a business whose rollups were just compared: doing all anew must not hide what was left undone."""
        self.settle(self.businesses[number])
        return self.business(number)

    def settle(self, business: Business) -> None:
        """Refresh and compare."""
        raise NotImplementedError

    # Orders

    @rule(number=which, new=happenings.new_orders)
    def order_is_placed(self, number: int, new: NewOrder) -> None:
        self.business(number).place(new)

    @rule(number=which, news=st.lists(happenings.new_orders, min_size=2, max_size=4))
    def batch_is_written(self, number: int, news: list[NewOrder]) -> None:
        self.business(number).place_many(news)

    @rule(number=which, news=st.lists(happenings.new_orders, min_size=2, max_size=4))
    def batch_is_imported(self, number: int, news: list[NewOrder]) -> None:
        self.business(number).copy_many(news)

    def change(self, number: int, model: Any, row: int, **values: Any) -> None:
        business = self.business(number)
        found = business.pick(model, row)
        if found is not None:
            business.change(found, **values)

    @rule(number=which, row=numbers, total=happenings.amounts, parts=happenings.parts)
    def amounts_are_edited(self, number: int, row: int, total: Any, parts: Any) -> None:
        names = ("discount", "tax", "delivery_fee", "tip")
        self.change(number, Order, row, total=total, **dict(zip(names, parts, strict=True)))

    @rule(number=which, row=numbers, moment=happenings.moments)
    def order_moves_to_another_time(self, number: int, row: int, moment: Any) -> None:
        self.change(number, Order, row, placed_at=self.businesses[number].instant(moment))

    @rule(number=which, hours=st.sampled_from([-30, -1, 5, 24]))
    def all_orders_move(self, number: int, hours: int) -> None:
        self.business(number).shift_orders(datetime.timedelta(hours=hours))

    @rule(number=which, row=numbers, partner=happenings.partners)
    def order_goes_to_another_partner(self, number: int, row: int, partner: int | None) -> None:
        partners = self.businesses[number].partners
        self.change(number, Order, row, partner=None if partner is None else partners[partner])

    @rule(number=which, row=numbers, customer=happenings.customers)
    def order_is_given_to_another_customer(self, number: int, row: int, customer: int | None) -> None:
        customers = self.businesses[number].customers
        self.change(number, Order, row, customer=None if customer is None else customers[customer])

    @rule(number=which, row=numbers, channel=happenings.channels)
    def order_changes_its_channel(self, number: int, row: int, channel: str) -> None:
        self.change(number, Order, row, channel=channel)

    @rule(number=which, row=numbers, status=happenings.statuses, steps=happenings.steps)
    def order_changes_its_status(self, number: int, row: int, status: str, steps: Any) -> None:
        order = self.business(number).pick(Order, row)
        if order is not None:
            self.change(number, Order, row, **Business.status_values(status, order.placed_at, steps))

    @rule(number=which, row=numbers, kind=st.sampled_from([Order, OrderLine, Payment, Refund, Review, OrderIssue]))
    def fact_is_deleted(self, number: int, row: int, kind: Any) -> None:
        business = self.business(number)
        found = business.pick(kind, row)
        if found is not None:
            business.remove(found)

    @rule(number=which, into=st.integers(0, 3), other=st.integers(0, 3))
    def customers_are_merged(self, number: int, into: int, other: int) -> None:
        if into != other:
            self.business(number).merge_customers(into, other)
            self.business(number).replace_customer(other)

    # What orders have

    @rule(number=which, row=numbers, line=happenings.lines)
    def line_is_added(self, number: int, row: int, line: Any) -> None:
        business = self.business(number)
        order = business.pick(Order, row)
        if order is not None:
            business.add(business.line(order, *line))

    @rule(number=which, row=numbers, total=happenings.prices, product=happenings.products, order=st.none() | numbers)
    def line_is_edited(self, number: int, row: int, total: Any, product: int | None, order: int | None) -> None:
        business = self.business(number)
        values = {"total": total, "product": None if product is None else business.products[product]}
        if order is not None:
            values["order"] = business.pick(Order, order)
        self.change(number, OrderLine, row, **values)

    @rule(number=which, row=numbers, payment=happenings.payments)
    def order_is_paid(self, number: int, row: int, payment: Any) -> None:
        business = self.business(number)
        order = business.pick(Order, row)
        if order is not None:
            names = dict(zip(("method", "status", "amount"), payment, strict=True))
            business.add(Payment(organization=business.organization, order=order, paid_at=order.placed_at, **names))

    @rule(number=which, row=numbers, payment=happenings.payments, order=st.none() | numbers)
    def payment_is_changed(self, number: int, row: int, payment: Any, order: int | None) -> None:
        values = dict(zip(("method", "status", "amount"), payment, strict=True))
        if order is not None:
            values["order"] = self.business(number).pick(Order, order)
        self.change(number, Payment, row, **values)

    @rule(
        number=which,
        row=st.none() | numbers,
        customer=happenings.customers,
        amount=happenings.refund_amounts,
        at=happenings.moments,
    )
    def money_is_refunded(self, number: int, row: int | None, customer: int | None, amount: Any, at: Any) -> None:
        business = self.business(number)
        order = None if row is None else business.pick(Order, row)
        whose = business.customers[customer] if order is None and customer is not None else None
        business.add(
            Refund(
                organization=business.organization,
                order=order,
                customer=whose,
                amount=amount,
                refunded_at=business.instant(at),
            )
        )

    @rule(number=which, row=numbers, amount=happenings.refund_amounts, at=happenings.moments, order=st.none() | numbers)
    def refund_is_changed(self, number: int, row: int, amount: Any, at: Any, order: int | None) -> None:
        business = self.business(number)
        values = {"amount": amount, "refunded_at": business.instant(at)}
        if order is not None:
            values |= {"order": business.pick(Order, order), "customer": None}
        self.change(number, Refund, row, **values)

    @rule(number=which, row=numbers, rating=st.integers(1, 5), at=happenings.moments)
    def order_is_reviewed(self, number: int, row: int, rating: int, at: Any) -> None:
        business = self.business(number)
        order = business.pick(Order, row)
        if order is not None:
            instant = business.instant(at)
            business.add(Review(organization=business.organization, order=order, rating=rating, reviewed_at=instant))

    @rule(number=which, row=numbers, rating=st.integers(1, 5), at=happenings.moments)
    def review_is_changed(self, number: int, row: int, rating: int, at: Any) -> None:
        self.change(number, Review, row, rating=rating, reviewed_at=self.businesses[number].instant(at))

    @rule(number=which, row=numbers, kind=happenings.kinds_of_issue, at=happenings.moments)
    def issue_is_reported(self, number: int, row: int, kind: str, at: Any) -> None:
        business = self.business(number)
        order = business.pick(Order, row)
        if order is not None:
            instant = business.instant(at)
            business.add(OrderIssue(organization=business.organization, order=order, kind=kind, reported_at=instant))

    @rule(number=which, row=numbers, kind=happenings.kinds_of_issue, order=numbers)
    def issue_is_changed(self, number: int, row: int, kind: str, order: int) -> None:
        business = self.business(number)
        found = business.pick(Order, order)
        if found is not None:
            self.change(number, OrderIssue, row, kind=kind, order=found)

    # Contact

    @rule(
        number=which,
        customer=st.integers(0, 3),
        kind=happenings.kinds_of_contact,
        status=happenings.states_of_contact,
        at=happenings.moments,
        outcome=happenings.outcomes,
    )
    def customer_is_contacted(
        self, number: int, customer: int, kind: str, status: str, at: Any, outcome: bool | None
    ) -> None:
        business = self.business(number)
        business.add(
            Interaction(
                organization=business.organization,
                customer=business.customers[customer],
                type=kind,
                status=status,
                occurred_at=business.instant(at),
                automated=outcome is True,
                successful=outcome,
            )
        )

    @rule(
        number=which,
        row=numbers,
        customer=st.integers(0, 3),
        status=happenings.states_of_contact,
        at=happenings.moments,
    )
    def contact_is_changed(self, number: int, row: int, customer: int, status: str, at: Any) -> None:
        business = self.business(number)
        values = {"customer": business.customers[customer], "status": status, "occurred_at": business.instant(at)}
        self.change(number, Interaction, row, **values)

    @rule(number=which, segment=st.integers(0, 1), customer=st.integers(0, 3), at=happenings.moments)
    def customer_is_put_into_a_segment_or_out(self, number: int, segment: int, customer: int, at: Any) -> None:
        business = self.business(number)
        place = {"segment": business.segments[segment], "customer": business.customers[customer]}
        with organization_context(business.organization.pk):
            if not SegmentMember.objects.filter(**place).delete()[0]:
                SegmentMember.objects.create(
                    organization=business.organization, assigned_at=business.instant(at), **place
                )

    # The organization and the clock

    @rule(number=which, calendar=happenings.calendars)
    def calendar_changes(self, number: int, calendar: Any) -> None:
        self.settled_business(number).set_calendar(*calendar)

    @rule(number=which, values=st.none() | happenings.thresholds | st.tuples(numbers, st.none() | st.integers(0, 1)))
    def thresholds_or_categories_change(self, number: int, values: Any) -> None:
        """Set thresholds, go back to the defaults, move a product to another category, or delete its category."""
        business = self.settled_business(number)
        if not isinstance(values, tuple):
            business.set_thresholds(values)
        elif values[1] is None:
            business.drop_category(values[0] % 2)
        else:
            self.change(number, Product, values[0], category=business.categories[values[1]])

    @rule(hours=st.sampled_from([1, 11, 24, 72]))
    def time_passes(self, hours: int) -> None:
        for business in self.businesses:
            self.settle(business)
        self.clock.shift(datetime.timedelta(hours=hours))
        self.settled.clear()
