"""Figures that went wrong are computed anew from facts: in the list, on the day's own page, by a verification."""

import datetime
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.analytics import services
from apps.analytics.models import DailyRevenueSummary
from apps.core.context import organization_context
from tests.analytics.records import refresh
from tests.builders import make_order

LIST = reverse("admin:analytics_dailyrevenuesummary_changelist")
WRONG, RIGHT = "987,654.32", "41.30"
REVENUE = "#result_list tbody td[class*=total_revenue]"


@pytest.fixture
def spoiled(trade, request):
    """A day of its own for each test, on which one order of 41.30 was placed, and whose row says something else."""
    back = 50 + sorted(DAYS_OF).index(request.function.__name__)
    placed_at = timezone.now() - datetime.timedelta(days=back)
    make_order(trade.laundry, partner=trade.partners[0], total=Decimal(RIGHT), placed_at=placed_at)
    refresh(trade.laundry)
    with organization_context(trade.laundry.pk):
        day = DailyRevenueSummary.objects.get(date=trade.laundry.calendar.business_date(placed_at))
    spoil(day)
    return day


def spoil(day):
    with organization_context(day.organization_id):
        DailyRevenueSummary.objects.filter(pk=day.pk).update(total_revenue=Decimal(WRONG.replace(",", "")))


def stored(day):
    with organization_context(day.organization_id):
        return str(DailyRevenueSummary.objects.get(pk=day.pk).total_revenue)


def shown(page):
    """What the page of a day says about its revenue."""
    return page.locator(".field-line", has_text=re.compile(r"^\s*Total revenue")).inner_text()


def test_a_day_is_recomputed_from_the_list(spoiled, visit, trade):
    page = visit(f"{LIST}?q={spoiled.date}", user=trade.analyst)
    assert WRONG in page.locator(REVENUE).inner_text()

    page.locator("#result_list tbody [name=_selected_action]").check()
    page.select_option("select[name=action]", label="Recompute the selected days")
    page.get_by_role("button", name="Run").click()

    page.get_by_text("1 day was recomputed from its orders, payments, refunds, reviews and issues.").wait_for()
    assert page.url.endswith(f"{LIST}?q={spoiled.date}")
    assert RIGHT in page.locator(REVENUE).inner_text()
    assert stored(spoiled) == RIGHT


def test_a_day_is_recomputed_from_its_own_page(spoiled, visit, trade):
    page = visit(f"{LIST}{spoiled.pk}/change/", user=trade.analyst)
    assert WRONG in shown(page)

    page.get_by_role("button", name="Recompute").click()

    page.get_by_text("1 day was recomputed from its orders, payments, refunds, reviews and issues.").wait_for()
    assert page.url.endswith(f"{LIST}{spoiled.pk}/change/")
    assert RIGHT in shown(page)
    assert stored(spoiled) == RIGHT


def test_a_day_that_waits_is_right_once_the_refresh_has_run(spoiled, visit, trade, monkeypatch):
    monkeypatch.setattr(services, "DAYS_AT_ONCE", 0)
    page = visit(f"{LIST}{spoiled.pk}/change/", user=trade.analyst)
    page.get_by_role("button", name="Recompute").click()
    page.get_by_text("1 day is marked to be recomputed.").wait_for()
    assert WRONG in shown(page)

    refresh(trade.laundry)
    page.reload()
    assert RIGHT in shown(page)


def test_a_verification_finds_the_day_and_repairs_it(spoiled, visit, trade, monkeypatch):
    jobs = []
    monkeypatch.setattr(services, "_enqueue_verification", jobs.append)
    page = visit("/admin/data/")
    page.get_by_role("button", name="Verify now").click()
    page.locator("[data-panel=running]", has_text="Waits for a worker").wait_for()

    (job,) = jobs
    services.carry_out_verification(job_id=job)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.locator("[data-panel=verifications] tbody tr", has_text="1 differed").first.wait_for()
    assert stored(spoiled) == RIGHT


DAYS_OF = {name for name in globals() if name.startswith("test_")}
