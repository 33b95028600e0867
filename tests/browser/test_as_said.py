"""“As said on” in the period control: chosen, kept in links, said in a bar, and left again."""

import datetime
import os

import pytest
from django.utils import timezone

from apps.analytics.models import AnalyticsState
from apps.core.context import organization_context
from tests.browser.axe import serious
from tests.browser.conftest import PHONE, WIDE
from tests.browser.test_accessibility import too_wide


@pytest.fixture
def day(trade):
    """A day at whose end figures were published, three days ago."""
    now = timezone.now()
    with organization_context(trade.laundry.pk):
        state = AnalyticsState.objects.get()
        AnalyticsState.objects.update(published_since=now - datetime.timedelta(days=20))
        yield trade.laundry.calendar.business_date(now) - datetime.timedelta(days=3)
        AnalyticsState.objects.update(published_since=state.published_since)


@pytest.mark.parametrize(("theme", "size"), [("light", WIDE), ("dark", PHONE)])
def test_a_day_of_the_past_is_chosen_kept_and_left(theme, size, visit, day):
    page = visit("/admin/?timeframe=7d", theme=theme, size=size)
    page.get_by_text("As said on").click()
    page.get_by_label("What was said at the end of").fill(str(day))
    look(page, f"menu-{theme}")
    page.locator(".bw-menu-said button").click()
    page.wait_for_url(f"**as_of={day}**")
    bar = page.locator(".bw-said")
    assert "As said on" in bar.inner_text()
    bar.locator("summary").click()
    assert bar.locator("li").count() > 0
    look(page, f"page-{theme}")
    assert serious(page) + too_wide(page) == []
    addresses = page.eval_on_selector_all("[data-panels] a[href*='/metrics/']", "links => links.map(one => one.href)")
    assert addresses
    assert [address for address in addresses if f"as_of={day}" not in address] == []
    page.goto(addresses[0])
    assert page.locator(".bw-said").count() == 1
    look(page, f"explained-{theme}")
    assert serious(page) + too_wide(page) == []
    page.locator(".bw-said .bw-chip").click()
    page.wait_for_url(lambda url: "as_of" not in url)
    assert page.locator(".bw-said").count() == 0


def look(page, name):
    if os.environ.get("LOOK"):
        page.screenshot(path=f"{os.environ['LOOK']}/{name}.png")
