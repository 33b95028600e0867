"""Strategies for three organizations with facts over years, a clock in the middle of a day, and questions to ask."""

import contextlib
import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import time_machine
from hypothesis import strategies as st

from apps.analytics.metrics.scope import Scope, scope_of
from apps.analytics.refresh import refresh_organization
from apps.core.periods import TIMEFRAMES, Comparison, Grain, Period, resolve_timeframe
from apps.engagement.models import Interaction
from apps.marketplace.models import PartnerStatus, ProductKind, Refund
from tests.analytics import happenings
from tests.analytics.business import Business, Moment, NewOrder
from tests.analytics.metrics.plain_facts import PlainFacts
from tests.builders import make_entity, make_organization

MINUTE = datetime.timedelta(minutes=1)
CURRENCIES = ("USD", "TWD", "AUD")
# A year before, a quarter, a month, weeks: where earlier periods lie, and just beside.
DAYS_AGO = (-731, -367, -366, -365, -364, -363, -92, -91, -90, -62, -31, -30, -29, -28, -21, -14, -8, -7)

INTO_THE_DAY = st.sampled_from(happenings.AFTER_THE_DAY_BEGAN) | st.integers(0, 23 * 60).map(
    lambda minutes: minutes * MINUTE
)
moments = st.builds(Moment, st.integers(-6, 1) | st.just(-1) | st.just(0) | st.sampled_from(DAYS_AGO), INTO_THE_DAY)
# Around the clock of the days that today is compared with.
near_moments = st.builds(Moment, st.sampled_from([0, -1, -1, -7]), INTO_THE_DAY)


def orders_at(when: st.SearchStrategy[Moment]) -> st.SearchStrategy[NewOrder]:
    return st.builds(
        NewOrder,
        at=when,
        status=happenings.statuses | st.just("completed"),
        channel=happenings.channels,
        customer=happenings.customers,
        partner=happenings.partners,
        total=happenings.amounts,
        parts=happenings.parts,
        lines=st.lists(happenings.lines, max_size=3),
        payments=st.lists(happenings.payments, max_size=2),
        refunds=st.lists(st.tuples(moments, happenings.refund_amounts), max_size=1),
        reviews=st.lists(st.tuples(moments, st.integers(1, 5)), max_size=1),
        issues=st.lists(st.tuples(moments, happenings.kinds_of_issue), max_size=1),
        steps=happenings.steps,
    )


def batches(far: int, near: int) -> st.SearchStrategy[list[NewOrder]]:
    """Return about so many orders of all time, and so many of late."""
    return st.builds(
        list.__add__,
        st.lists(orders_at(moments), min_size=far // 2, max_size=far),
        st.lists(orders_at(near_moments), min_size=near // 2, max_size=near),
    )


quantities = st.sampled_from([Decimal(0), Decimal("2.5"), Decimal(40)])
costs = st.none() | st.sampled_from([Decimal("0.3333"), Decimal(7)])
texts = st.sampled_from(["", "Kiel", "Bonn"])


@dataclass(frozen=True)
class Told:
    """What is told of one organization."""

    calendar: tuple[str, datetime.time]
    week_starts_on: int
    thresholds: dict[str, Any] | None
    orders: list[NewOrder]
    refunds: list[tuple[int | None, Moment, Decimal]]
    contacts: list[tuple[int, str, Moment, bool | None]]
    customers: list[tuple[str, str, str, str, bool]]
    partners: list[tuple[str, str, str, int | None]]
    products: list[tuple[str, Decimal | None, Decimal | None]]


def tellings(far: int, near: int) -> st.SearchStrategy[Told]:
    return st.builds(
        Told,
        calendar=happenings.calendars,
        week_starts_on=st.sampled_from([1, 6, 7]),
        thresholds=st.none() | happenings.thresholds,
        orders=batches(far, near),
        refunds=st.lists(st.tuples(happenings.customers, moments, happenings.refund_amounts), max_size=2),
        contacts=st.lists(
            st.tuples(st.integers(0, 3), happenings.kinds_of_contact, moments, happenings.outcomes), max_size=5
        ),
        customers=st.lists(st.tuples(*[texts] * 4, st.booleans()), min_size=4, max_size=4),
        partners=st.lists(
            st.tuples(texts, texts, st.sampled_from(PartnerStatus.values), st.sampled_from([None, 1, 3])),
            min_size=2,
            max_size=2,
        ),
        products=st.lists(
            st.tuples(st.just(ProductKind.SERVICE), st.none(), costs)
            | st.tuples(st.just(ProductKind.GOOD), st.none() | quantities, costs),
            min_size=3,
            max_size=3,
        ),
    )


@dataclass(frozen=True)
class World:
    """Three organizations, and the clock of the first of them."""

    first_day: datetime.date
    clock: datetime.timedelta
    told: tuple[Told, Told, Told]

    @contextlib.contextmanager
    def happened(self) -> Iterator[list[Business]]:
        """Write everything, refresh, and stop the clock."""
        businesses = [
            Business(make_organization(f"w-{uuid.uuid4()}", currency=currency), self.first_day)
            for currency in CURRENCIES
        ]
        for business, told in zip(businesses, self.told, strict=True):
            write(business, told)
        now = businesses[0].organization.calendar.day_start(self.first_day) + self.clock
        with time_machine.travel(now, tick=False):
            for business in businesses:
                refresh_organization(business.organization.pk)
            yield businesses


worlds = st.builds(
    World,
    first_day=happenings.first_days | st.sampled_from([datetime.date(2024, 2, 29), datetime.date(2025, 12, 31)]),
    clock=st.sampled_from([MINUTE * 59, MINUTE * 90, MINUTE * 637, MINUTE * 1380]),
    told=st.tuples(tellings(16, 16), tellings(1, 3), tellings(1, 3)),
)


def write(business: Business, told: Told) -> None:
    organization = business.organization
    business.set_calendar(*told.calendar)
    organization.week_starts_on = told.week_starts_on
    organization.save(update_fields=["week_starts_on"])
    business.set_thresholds(told.thresholds)
    entity = make_entity(organization)
    for customer, (city, region, kind, source, has_entity) in zip(business.customers, told.customers, strict=True):
        business.change(
            customer,
            city=city,
            region=region,
            business_type=kind,
            acquisition_channel=source,
            entity=entity if has_entity else None,
        )
    for partner, (city, region, status, capacity) in zip(business.partners, told.partners, strict=True):
        business.change(partner, city=city, region=region, status=status, daily_capacity=capacity)
    for product, (kind, quantity, cost) in zip(business.products, told.products, strict=True):
        business.change(product, kind=kind, stock_quantity=quantity, cost=cost)
    business.place_many(told.orders)
    for number, at, amount in told.refunds:
        customer = None if number is None else business.customers[number]
        business.add(
            Refund(organization=organization, customer=customer, amount=amount, refunded_at=business.instant(at))
        )
    for number, kind, at, outcome in told.contacts:
        business.add(
            Interaction(
                organization=organization,
                customer=business.customers[number],
                type=kind,
                occurred_at=business.instant(at),
                automated=outcome is True,
                successful=outcome,
            )
        )


class Asked:
    """One organization to be asked, and its facts."""

    def __init__(self, business: Business) -> None:
        self.organization = business.organization
        self.scope: Scope = scope_of(self.organization)
        self.facts = PlainFacts(self.organization, self.scope.today)


def periods(scope: Scope) -> st.SearchStrategy[Period]:
    """Return periods about the present: by name or by dates, begun, ended and still to come."""
    week_starts_on = scope.organization.week_starts_on
    named = st.sampled_from(TIMEFRAMES).map(
        lambda name: resolve_timeframe(name, today=scope.today, week_starts_on=week_starts_on)
    )
    dated = st.builds(
        lambda ago, length: _period(scope.today, ago, length),
        st.integers(-7, 1) | st.sampled_from(DAYS_AGO),
        st.sampled_from([1, 1, 2, 3, 7, 10, 31, 92, 366]),
    )
    return named | dated


def _period(today: datetime.date, ago: int, length: int) -> Period:
    first = today + datetime.timedelta(days=ago)
    return Period(first, first + datetime.timedelta(days=length - 1))


comparisons = st.none() | st.sampled_from([str(one) for one in Comparison])
grains = st.sampled_from([str(one) for one in Grain])
bases = st.sampled_from(["refund_day", "order_day"])
