"""A real browser before a real server, over some weeks of a laundry's orders.

One of each serves all tests of the package, with one database that no test takes back: a test that writes works on
days, rows and sessions of its own.
"""

import datetime
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client, modify_settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import Organization, User
from apps.analytics import selectors
from apps.backoffice.current import SESSION_KEY
from tests.browser.chromium import find
from tests.browser.trade import Trade, begin_trade

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
HOST = "localhost"
NOW = datetime.datetime(2026, 3, 18, 14, tzinfo=datetime.UTC)  # a Wednesday, with days of its month before and after
ZONE = "Europe/Berlin"
# Playwright's own clock would be of the whole window, and a complaint in each frame that lets no script in.
CLOCK = """{
    const now = Date.now, ahead = %d - now();
    Date.now = () => now() + ahead;
    window.Date = new Proxy(Date, {
        construct: (date, parts) => Reflect.construct(date, parts.length ? parts : [date.now()]),
        apply: (date) => new date(date.now()).toString(),
    });
}"""


@pytest.fixture(scope="package")
def clock() -> Iterator[None]:
    """Let pages be the same whatever day it is: the server's clock starts at `NOW`, as the browser's does.

    PostgreSQL's clock cannot be set: up to when facts are in is told by the server's.
    """
    fresh_as_of = selectors.fresh_as_of

    def as_of(refreshed: Any, **times: Any) -> Any:
        return fresh_as_of(refreshed, **{**times, "now": timezone.now()})

    with time_machine.travel(NOW, tick=True), pytest.MonkeyPatch.context() as patch:
        patch.setattr(selectors, "fresh_as_of", as_of)
        yield


@pytest.fixture(scope="package")
def transactional_db(clock, django_db_setup, django_db_blocker) -> Iterator[None]:
    """Open the database to the whole package and empty it afterwards: pytest-django's own, which it makes and sorts
    tests by this name for, would do so after each test.
    """
    with django_db_blocker.unblock():
        assert connection.settings_dict["NAME"].startswith("test_")
        # Playwright keeps an event loop in this thread; Django would refuse queries beside one.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        yield
        call_command("flush", verbosity=0, interactive=False)
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def trade(transactional_db) -> Trade:
    """Commit the rows: the server has connections of its own."""
    cache.clear()
    return begin_trade()


@pytest.fixture(scope="package")
def server(trade) -> Iterator[str]:
    """Return the address of the server."""
    with modify_settings(ALLOWED_HOSTS={"append": HOST}):
        running = LiveServer(HOST)
        yield running.url
        running.stop()


@pytest.fixture(scope="package")
def context(server) -> Iterator[BrowserContext]:
    """Return the one window of the browser: what it has fetched once, it need not fetch for the next test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        context = browser.new_context(base_url=server, accept_downloads=True, timezone_id=ZONE)
        context.set_default_timeout(15_000)
        yield context
        browser.close()
        connections.close_all()  # of this thread beside a running loop, which ends here


@pytest.fixture
def complaints(context, server) -> Iterator[list[str]]:
    """Fail the test at its end with what the browser complained about: errors, and requests to another host."""
    found: list[str] = []

    def on_console(said: Any) -> None:
        if said.type in {"error", "warning"}:
            found.append(f"{said.text} ({said.location['url']})")

    def on_error(error: Any) -> None:
        found.append(str(error.error))

    def on_request(asked: Any) -> None:
        if not asked.url.startswith((server, "data:", "blob:")):
            found.append(asked.url)

    heard = {"console": on_console, "weberror": on_error, "request": on_request}
    for event, listener in heard.items():
        context.on(event, listener)
    yield found
    for event, listener in heard.items():
        context.remove_listener(event, listener)
    assert found == []


@pytest.fixture
def visit(context, server, trade, complaints) -> Iterator[Callable[..., Page]]:
    """Return a page of somebody signed in, else of the owner; None is nobody. One person at a time.

    A page without a clock has that of the machine: a clock is a script, which no frame without scripts lets in.
    """
    pages = []

    def open_page(
        address: str = "/admin/",
        *,
        user: User | None = trade.owner,
        organization: Organization = trade.laundry,
        size: dict[str, int] = WIDE,
        theme: str = "light",
        has_clock: bool = True,
    ) -> Page:
        context.clear_cookies()
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": session_of(user, organization), "url": server}])
        page = context.new_page()
        pages.append(page)
        if has_clock:
            page.add_init_script(CLOCK % (NOW.timestamp() * 1000))
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)
        page.goto(address)
        return page

    yield open_page
    for page in pages:
        page.close()


def session_of(user: User, organization: Organization) -> str:
    """Return the key of a new session, as after signing in and choosing the organization."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[SESSION_KEY] = str(organization.pk)
    session.save()
    return str(session.session_key)
