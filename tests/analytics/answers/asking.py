"""Answers asked in a loop while writers and a refresher run without pause: whether each adds up within itself."""

import datetime
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
from django.db.models import F

from apps.accounts.models import Organization
from apps.analytics.answers.answering import Asked, From, answered
from apps.analytics.metrics.scope import Scope
from apps.analytics.models import CacheType
from apps.analytics.refresh import refresh_organization
from apps.analytics.rest.sections import Table, Values
from apps.core.context import organization_context
from apps.core.database import close_connections, in_transaction
from apps.core.periods import Period
from apps.marketplace.models import Order, OrderLine, Partner
from tests.builders import NOON, make_category, make_customer, make_line, make_order, make_partner, make_product

DAYS = 7
_PAUSE = 0.01  # seconds between two commits of a writer: some lie in each answer
PERIOD = Period(NOON.date(), NOON.date() + datetime.timedelta(days=DAYS - 1))
SECTIONS = {
    "summary": Values(metrics=("total_revenue", "order_count"), compares=False),
    "partner_base": Values(metrics=("partner_count", "active_partners"), compares=False),
    "trend": Table(metrics=("total_revenue", "order_count"), grain="day"),
    "partners": Table(metrics=("total_revenue", "order_count"), by=("partner",), limit=100),
    "categories": Table(metrics=("total_revenue",), by=("category",), limit=100),
    "channels": Table(metrics=("total_revenue", "order_count"), by=("channel",), limit=100),
    "statuses": Table(metrics=("partner_count",), by=("partner_status",), limit=100),
}


@dataclass(slots=True)
class Tally:
    """What became of the answers: how many were computed, of how many versions, and which did not add up."""

    asked: int = 0
    computed: int = 0
    versions: int = 0
    mixed: int = 0


def make_trade(organization: Organization) -> list[Order]:
    """Write a few orders on each day, of several partners and categories."""
    partners = [make_partner(organization) for _ in range(3)]
    products = [make_product(organization, category=make_category(organization)) for _ in range(3)]
    customers = [make_customer(organization, city="Aachen") for _ in range(4)]
    orders = []
    for number in range(3 * DAYS):
        order = make_order(
            organization,
            placed_at=NOON + datetime.timedelta(days=number % DAYS),
            partner=partners[number % 3],
            customer=customers[number % 4],
        )
        make_line(order, product=products[number % 3])
        orders.append(order)
    refresh_organization(organization.pk, wait=True)
    return orders


def ask_in_a_loop(organization: Organization, orders: list[Order], answers: int) -> Tally:
    """Ask so many questions, no two of them the same, while facts and attributes change and a refresher runs."""
    tally, versions = Tally(), set()
    works = [(_refresher(organization), 0), (_trader(organization, orders), _PAUSE), (_closer(organization), _PAUSE)]
    with running(*works):
        for number in range(answers):
            asked = Asked(
                organization=organization, endpoint="asked", type=CacheType.DASHBOARD, parameters={"number": number}
            )
            answer = answered(asked, compute)
            tally.asked += 1
            tally.computed += answer.source == From.LIVE
            tally.mixed += not adds_up(orjson.loads(answer.body))
            versions.add(answer.version)
    tally.versions = len(versions)
    return tally


def compute(scope: Scope) -> dict[str, Any]:
    """Return every division of the same revenue."""
    given = {"period": PERIOD, "refund_basis": "refund_day"}
    return {name: section.compute(scope, given) for name, section in SECTIONS.items()}


def adds_up(body: dict[str, Any]) -> bool:
    """Tell whether days, partners, categories and channels of an answer give its totals."""
    revenue, orders = (_money(body["summary"][key]["value"]) for key in ("total_revenue", "order_count"))
    tables = [body[name] for name in ("trend", "partners", "categories", "channels")]
    revenues = {sum((_money(row["total_revenue"]) for row in table["rows"]), Decimal(0)) for table in tables}
    revenues |= {_money(table["total"]["total_revenue"]) for table in tables}
    counts = {sum(row["order_count"] for row in table["rows"]) for table in tables if table is not body["categories"]}
    partners = {row["partner_status"]: row["partner_count"] for row in body["statuses"]["rows"]}
    base = body["partner_base"]
    return (
        revenues == {revenue}
        and counts == {int(orders)}
        and sum(partners.values()) == base["partner_count"]["value"]
        and partners.get("active", 0) == base["active_partners"]["value"]
    )


@contextmanager
def running(*works: tuple[Callable[[], object], float]) -> Iterator[None]:
    """Repeat each piece of work in a thread of its own, after so many seconds, as long as the block lasts."""
    ended = threading.Event()

    def repeat(work: Callable[[], object], pause: float) -> None:
        try:
            while not ended.wait(pause):
                work()
        finally:
            close_connections()

    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(repeat, *work) for work in works]
        try:
            yield
        finally:
            ended.set()
        for future in futures:
            future.result()


def _refresher(organization: Organization) -> Callable[[], object]:
    return lambda: refresh_organization(organization.pk, wait=True)


def _trader(organization: Organization, orders: list[Order]) -> Callable[[], object]:
    chance = random.Random(1)  # noqa: S311

    def work() -> None:
        order = chance.choice(orders)
        with in_transaction(), organization_context(organization.pk):
            Order.objects.filter(pk=order.pk).update(total=F("total") + 1, subtotal=F("subtotal") + 1)
            OrderLine.objects.filter(order=order.pk).update(total=F("total") + 1, unit_price=F("unit_price") + 1)

    return work


def _closer(organization: Organization) -> Callable[[], object]:
    chance = random.Random(2)  # noqa: S311
    with organization_context(organization.pk):
        partners = list(Partner.objects.values_list("pk", flat=True))

    def work() -> None:
        with organization_context(organization.pk):
            chosen = Partner.objects.filter(pk=chance.choice(partners))
            chosen.update(status=chance.choice(["active", "closed"]))

    return work


def _money(value: Any) -> Decimal:
    return Decimal(str(value))
