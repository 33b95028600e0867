"""Writers and refreshers at once, over real connections: whatever the order of commits, no day is wrong in the end."""

import datetime
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal

import pytest
from django.db import OperationalError, connection

from apps.accounts.models import Organization
from apps.analytics.refresh import refresh_organization
from apps.analytics.verification import verify_organization
from apps.core.context import organization_context
from apps.core.database import in_transaction
from apps.marketplace.models import Order, OrderIssue, OrderLine, OrderStatus, Payment, Refund, Review
from tests.analytics.plain_sums import revenue_rows, wrong_days
from tests.analytics.sessions import PATIENCE_SECONDS, Session, marks, run, until
from tests.builders import (
    NOON,
    make_customer,
    make_issue,
    make_line,
    make_order,
    make_partner,
    make_payment,
    make_refund,
    make_review,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

DAY = datetime.timedelta(days=1)


def test_six_writers_and_two_refreshers_leave_no_wrong_day(laundry):
    town = Town(laundry)
    refresh_organization(laundry.pk, wait=True)
    enough, ended = threading.Event(), threading.Event()

    with ThreadPoolExecutor(8) as pool:
        refreshers = [pool.submit(refresh_until, ended, enough, laundry) for _ in range(2)]
        writers = [pool.submit(write, laundry, town, random.Random(seed), enough) for seed in range(6)]  # noqa: S311
        try:
            committed = [writer.result() for writer in writers]
        finally:
            ended.set()
        refreshed = [refresher.result() for refresher in refreshers]

    refresh_organization(laundry.pk, wait=True)
    assert (wrong_days(laundry), marks(laundry)) == ({}, 0)
    assert verify_organization(laundry.pk, repair=False).differences == 0
    assert min(*committed, *refreshed) >= 3, "too little at the same time to prove anything"


class Town:
    """Thirty days with three orders each, and something of everything that hangs on an order."""

    DAYS = 30

    def __init__(self, organization) -> None:
        self.partners = [make_partner(organization) for _ in range(3)]
        self.customers = [make_customer(organization) for _ in range(8)]
        self.orders = []
        for number in range(3 * self.DAYS):
            order = make_order(
                organization,
                placed_at=NOON + number % self.DAYS * DAY,
                partner=self.partners[number % 3],
                customer=self.customers[number % 8],
            )
            make_line(order)
            make_payment(order)
            if number % 4 == 0:
                make_refund(organization, order=order, refunded_at=order.placed_at + 2 * DAY)
                make_review(order, reviewed_at=order.placed_at + 3 * DAY)
                make_issue(order, reported_at=order.placed_at + DAY)
            self.orders.append(order)


def write(organization, town, chance, enough) -> int:
    """Commit transactions late and in any order until there were enough refreshes; return how many stayed.

    One that the database gave up is forgotten.
    """
    committed = 0
    try:
        run("SET deadlock_timeout = '50ms'")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while committed < 6 or not enough.is_set():
            assert time.monotonic() < deadline, "the refreshers do not get on"
            try:
                with organization_context(organization.pk), in_transaction():
                    for _ in range(chance.randint(1, 3)):
                        change_something(organization, town, chance)
                    time.sleep(chance.uniform(0, 0.1))  # what makes commits late
                committed += 1
            except OperationalError as error:
                if error.__cause__.pgcode != "40P01":
                    raise
    finally:
        connection.close()
    return committed


def change_something(organization, town, chance) -> None:
    def some_instant():
        return NOON + chance.randrange(town.DAYS) * DAY + chance.randrange(20) * datetime.timedelta(hours=1)

    def some(model):
        return model.objects.filter(pk__in=[row.pk for row in chance.sample(list(model.objects.all()), 1)])

    order = chance.choice(town.orders)
    orders = Order.objects.filter(pk=order.pk)
    cents = Decimal(chance.randrange(100, 500)) / 100
    changes = (
        lambda: make_line(
            make_order(
                organization,
                placed_at=some_instant(),
                partner=chance.choice(town.partners),
                customer=chance.choice(town.customers),
            )
        ),
        lambda: make_payment(order, amount=cents),
        lambda: make_line(order, total=cents),
        lambda: make_refund(organization, order=order, amount=cents, refunded_at=some_instant()),
        lambda: make_refund(organization, amount=cents, refunded_at=some_instant()),
        lambda: make_review(order, reviewed_at=some_instant()),
        lambda: some(Payment).update(amount=cents),
        lambda: some(Payment).delete(),
        lambda: some(OrderLine).update(total=cents),
        lambda: some(Refund).update(refunded_at=some_instant()),
        lambda: some(Refund).delete(),
        lambda: some(Review).update(reviewed_at=some_instant()),
        lambda: some(OrderIssue).update(reported_at=some_instant()),
        lambda: orders.update(placed_at=some_instant()),
        lambda: orders.update(partner=chance.choice(town.partners)),
        lambda: orders.update(customer=chance.choice(town.customers)),
        lambda: orders.update(status=OrderStatus.CANCELLED),
        lambda: orders.update(status=OrderStatus.READY),
        lambda: orders.update(total=cents),
    )
    chance.choice(changes)()


def refresh_until(ended, enough, organization) -> int:
    """Refresh again and again; return how many refreshes found something."""
    found = 0
    try:
        while not ended.is_set():
            found += bool(refresh_organization(organization.pk, wait=True).days)
            if found == 3:
                enough.set()
    finally:
        connection.close()
    return found


class World:
    """One order on its day, with something of everything, each on a day of its own."""

    DAYS = 10

    def __init__(self, organization, at) -> None:
        self.organization = organization
        self.at = at
        self.order = make_order(
            organization, placed_at=at, partner=make_partner(organization), customer=make_customer(organization)
        )
        self.other_partner = make_partner(organization)
        self.line = make_line(self.order)
        self.payment = make_payment(self.order)
        self.refund = make_refund(organization, order=self.order, refunded_at=at + 1 * DAY)
        self.review = make_review(self.order, reviewed_at=at + 2 * DAY)
        self.issue = make_issue(self.order, reported_at=at + 3 * DAY)

    def change(self, row, **fields) -> None:
        with organization_context(self.organization.pk):
            type(row).objects.filter(pk=row.pk).update(**fields)

    def delete(self, row) -> None:
        with organization_context(self.organization.pk):
            type(row).objects.filter(pk=row.pk).delete()


TO_THE_ORDER = {
    "moves": lambda world: world.change(world.order, placed_at=world.at + 7 * DAY),
    "changes partner": lambda world: world.change(world.order, partner=world.other_partner),
    "is cancelled": lambda world: world.change(world.order, status=OrderStatus.CANCELLED),
}
TO_A_CHILD = {
    "payment added": lambda world: make_payment(world.order, amount=Decimal("3.00")),
    "payment changed": lambda world: world.change(world.payment, amount=Decimal("4.00")),
    "payment deleted": lambda world: world.delete(world.payment),
    "line added": lambda world: make_line(world.order, total=Decimal("3.00")),
    "line changed": lambda world: world.change(world.line, total=Decimal("4.00")),
    "line deleted": lambda world: world.delete(world.line),
    "refund added": lambda world: make_refund(world.organization, order=world.order, refunded_at=world.at + 5 * DAY),
    "refund moved": lambda world: world.change(world.refund, refunded_at=world.at + 5 * DAY),
    "refund deleted": lambda world: world.delete(world.refund),
    "issue added": lambda world: make_issue(world.order, reported_at=world.at + 5 * DAY),
    "issue moved": lambda world: world.change(world.issue, reported_at=world.at + 5 * DAY),
    "review moved": lambda world: world.change(world.review, reviewed_at=world.at + 5 * DAY),
    "review rated anew": lambda world: world.change(world.review, rating=1),
    "review deleted": lambda world: world.delete(world.review),
}
PAIRS = [
    *((child, "moves") for child in TO_A_CHILD if child.startswith(("payment", "line", "refund"))),
    *((child, "is cancelled") for child in TO_A_CHILD if child.startswith(("payment added", "refund"))),
    *((child, "changes partner") for child in TO_A_CHILD if child.startswith(("refund", "review", "issue"))),
]


@pytest.mark.parametrize("child_first", [True, False], ids=["child first", "order first"])
def test_a_child_changes_while_its_order_does(laundry, child_first):
    """Every pair at once, in transactions of their own, on days of their own."""
    worlds = [World(laundry, NOON + number * World.DAYS * DAY) for number in range(len(PAIRS))]
    refresh_organization(laundry.pk, wait=True)
    early, late = [], []

    with ExitStack() as stack:
        for world, (child, order) in zip(worlds, PAIRS, strict=True):
            first, second = (stack.enter_context(Session()) for _ in range(2))
            steps = TO_A_CHILD[child], TO_THE_ORDER[order]
            first_step, second_step = steps if child_first else reversed(steps)
            first.begin()
            second.begin()
            first.do(first_step, world)
            stepping = second.start(second_step, world)
            until(lambda second=second, stepping=stepping: stepping.done() or second.waits(), "a step, or its wait")
            # Who waits commits last; who does not could as well commit first, which is worse.
            early.append(second if stepping.done() else first)
            late.append(first if stepping.done() else second)
        for sessions in (early, late):
            refresh_organization(laundry.pk, wait=True)
            for session in sessions:
                session.commit()
    refresh_organization(laundry.pk, wait=True)

    assert {PAIRS[world_of(grain)]: wrong for grain, wrong in wrong_days(laundry).items()} == {}
    assert verify_organization(laundry.pk, repair=False).differences == 0


def world_of(grain) -> int:
    day = grain[0] if isinstance(grain, tuple) else grain
    return (day - NOON.date()).days // World.DAYS


def test_writers_of_one_day_never_wait_for_each_other(laundry):
    world = World(laundry, NOON)
    refresh_organization(laundry.pk, wait=True)

    with Session() as open_one, Session() as other:
        open_one.begin()
        for change in ("payment added", "line changed", "refund added", "issue added"):
            open_one.do(TO_A_CHILD[change], world)
        open_one.do(make_order, laundry)

        other.do(run, "SET lock_timeout = '20ms'")
        other.do(make_order, laundry)
        for change in ("payment added", "payment changed", "line added", "refund added", "review rated anew"):
            other.do(TO_A_CHILD[change], world)
        other.do(make_refund, laundry, refunded_at=NOON)
        refresh_organization(laundry.pk)  # nor does a refresh wait for writers
        open_one.commit()
    refresh_organization(laundry.pk)

    assert wrong_days(laundry) == {}


@pytest.mark.parametrize("writer_commits_first", [True, False])
def test_the_time_zone_changes_while_a_writer_is_at_work(laundry, writer_commits_first):
    at_night = datetime.datetime(2026, 3, 10, 3, 0, tzinfo=datetime.UTC)  # the 9th in New York, the 10th in London
    for number in range(4):
        make_order(laundry, placed_at=at_night + number * DAY)
    refresh_organization(laundry.pk)
    before = revenue_rows(laundry)

    with Session() as writer, Session() as mover:
        writer.begin()
        mover.begin()
        writer.do(make_line, writer.do(make_order, laundry, placed_at=at_night))
        mover.do(lambda: Organization.objects.filter(pk=laundry.pk).update(timezone="Europe/London"))
        refresh_organization(laundry.pk)
        assert revenue_rows(laundry) == before
        for session in (writer, mover) if writer_commits_first else (mover, writer):
            session.commit()
            refresh_organization(laundry.pk)
            assert wrong_days(laundry) == {}

    assert sorted(revenue_rows(laundry)) == [datetime.date(2026, 3, day) for day in range(10, 14)]
