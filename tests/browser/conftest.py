"""A real browser before a real server, over some weeks of a laundry's orders."""

import datetime
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from apps.accounts.models import Organization, Role, User
from tests.analytics.records import refresh
from tests.browser.chromium import find
from tests.builders import (
    make_customer,
    make_line,
    make_member,
    make_order,
    make_organization,
    make_partner,
    make_payment,
    make_product,
    make_refund,
    make_user,
)

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PASSWORD = "a long enough password"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
DAYS = 35


@pytest.fixture(scope="module", autouse=True)
def _queries_beside_the_browser() -> Iterator[None]:
    """Playwright keeps an event loop in this thread; Django would refuse queries beside one."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Trade:
    """An organization with orders of five weeks, and who may see them; another with nothing."""

    laundry: Organization
    empty: Organization
    owner: User
    viewer: User


@pytest.fixture
def trade(transactional_db: Any) -> Trade:
    cache.clear()
    laundry = make_organization("laundry", name="Laundry", timezone="Europe/Berlin", currency="EUR")
    empty = make_organization("empty", name="Vacant")
    user = make_user(email="owner@laundry.example", is_staff=True)
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    for organization in (laundry, empty):
        make_member(organization, role=Role.OWNER, user=user)
    viewer = make_member(laundry, role=Role.VIEWER, email="viewer@laundry.example", is_staff=True)
    viewer.set_password(PASSWORD)
    viewer.save(update_fields=["password"])
    write_orders(laundry)
    refresh(laundry)
    return Trade(laundry=laundry, empty=empty, owner=user, viewer=viewer)


def write_orders(laundry: Organization) -> None:
    partners = [make_partner(laundry, name=name, daily_capacity=8) for name in ("Bubble", "Foam", "Rinse")]
    customers = [
        make_customer(laundry, name=f"Customer {letter}", email=f"{letter}@mail.example") for letter in "ABCDE"
    ]
    product = make_product(laundry, name="Shirts")
    noon = timezone.now().replace(hour=10, minute=30, second=0, microsecond=0)
    for back in range(DAYS, 0, -1):
        placed = noon - datetime.timedelta(days=back)
        for number in range(1 + back % 3):
            total = Decimal(20 + (back * 7 + number * 11) % 40)
            order = make_order(
                laundry,
                partner=partners[(back + number) % 3],
                customer=customers[(back * 3 + number) % 5],
                channel=("web", "app", "phone")[(back + number) % 3],
                placed_at=placed + datetime.timedelta(hours=number),
                accepted_at=placed + datetime.timedelta(hours=number, minutes=9),
                completed_at=placed + datetime.timedelta(hours=number + 20),
                status="completed",
                total=total,
                subtotal=total,
            )
            make_line(order, product=product, quantity=1, unit_price=total, total=total)
            make_payment(order, amount=total, method=("card", "cash")[number % 2])
    make_refund(laundry, order=order, amount=5, refunded_at=noon - datetime.timedelta(hours=20))


@pytest.fixture
def visit(browser: Browser, live_server: Any, trade: Trade) -> Iterator[Callable[..., Page]]:
    """Return a page of a signed-in reader; whatever the browser complains about fails the test at its end."""
    contexts, complaints = [], []

    def open_page(*, user: User | None = None, size: dict[str, int] = WIDE, theme: str = "light") -> Page:
        context = browser.new_context(
            viewport=size, color_scheme=theme, base_url=live_server.url, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                complaints.append(asked.url) if not asked.url.startswith((live_server.url, "data:", "blob:")) else None
            ),
        )
        page.goto("/admin/login/")
        page.fill("[name=username]", (user or trade.owner).email)
        page.fill("[name=password]", PASSWORD)
        page.click("[type=submit]")
        page.wait_for_url("**/admin/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def serious(page: Page) -> list[str]:
    """Return what axe-core finds seriously wrong with a page."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"][:3]
    ]
