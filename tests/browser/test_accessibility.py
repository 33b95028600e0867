"""No page keeps anybody out: axe-core finds nothing serious, and nothing is wider than the screen."""

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.analytics.models import DailyRevenueSummary
from apps.backoffice.dashboards.pages import PAGES
from apps.core.context import organization_context
from apps.marketplace.models import Order
from tests.backoffice.rows import make_import_run
from tests.browser.axe import COLOURS, serious
from tests.browser.conftest import NOW, PHONE, WIDE
from tests.builders import PASSWORD

LISTS = (
    "marketplace_order", "marketplace_customer", "marketplace_partner", "marketplace_payment",
    "analytics_dailyrevenuesummary", "analytics_partnerperformancemetric", "analytics_customeranalytics",
    "imports_importrun",
)  # fmt: skip
# Where people work on the way, too.
ON_A_PHONE = {"marketplace_order", "analytics_dailyrevenuesummary"}

# The first row of a heat map becomes one of every level, as a link and as a text.
EVERY_LEVEL = """() => {
    const row = document.querySelector(".bw-heat tbody tr");
    row.innerHTML = [0, 1, 2, 3, 4, 5].map((level) => `<td class="bw-level-${level}"><a href="#">100%</a></td>
        <td class="bw-level-${level} bw-running"><span>75%</span></td>`).join("");
}"""


def wrong_with(page, *, on_a_phone=False):
    """What is wrong in the light, and in the dark, which differs by a class on the root and thus in colours alone."""
    found = [f"light: {one}" for one in serious(page)] + too_wide(page)
    page.evaluate("document.documentElement.classList.add('dark')")
    if not on_a_phone:
        return found + [f"dark: {one}" for one in serious(page, rules=COLOURS)]
    page.set_viewport_size(PHONE)
    found += [f"dark, phone: {one}" for one in serious(page)] + too_wide(page)
    page.set_viewport_size(WIDE)
    return found


def too_wide(page):
    return ["wider than the screen"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else []


def check(page, pages):
    """Open each address and return what is wrong with those where something is."""
    wrong = {}
    for address, on_a_phone in pages.items():
        answer = page.goto(address)
        assert answer.ok, address
        wrong[address] = wrong_with(page, on_a_phone=on_a_phone)
    return {address: found for address, found in wrong.items() if found}


@pytest.mark.parametrize(("theme", "size"), [("light", WIDE), ("dark", PHONE)])
def test_dashboards(theme, size, visit):
    page = visit(theme=theme, size=size)
    addresses = [reverse(f"admin:{one.route}") for one in PAGES.values()]
    wrong = {}
    for address in [*addresses, reverse("admin:metric", args=["average_order_value"]), reverse("admin:metrics")]:
        if address != "/admin/":  # where it is
            page.goto(address)
        assert page.evaluate("document.documentElement.classList.contains('dark')") == (theme == "dark")
        wrong[address] = serious(page) + too_wide(page)
    assert {address: found for address, found in wrong.items() if found} == {}


def test_every_level_of_a_heat_map_can_be_read(visit):
    page = visit(reverse("admin:dashboard_orders"))
    page.evaluate(EVERY_LEVEL)
    wrong = serious(page, rules=COLOURS)
    page.evaluate("document.documentElement.classList.add('dark')")
    assert wrong + serious(page, rules=COLOURS) == []


def test_lists(visit):
    page = visit("/admin/data/")
    assert check(page, {reverse(f"admin:{name}_changelist"): name in ON_A_PHONE for name in LISTS}) == {}


def test_rows_and_upkeep(visit, trade):
    with organization_context(trade.laundry.pk):
        order, day = Order.objects.filter(refunds__isnull=False).first(), DailyRevenueSummary.objects.latest("date")
    run = make_import_run(trade.laundry, "a")
    pages = {
        reverse("admin:marketplace_order_change", args=[order.pk]): True,
        reverse("admin:marketplace_order_add"): False,
        reverse("admin:analytics_dailyrevenuesummary_change", args=[day.pk]): True,
        reverse("admin:imports_importrun_add"): False,
        reverse("admin:imports_importrun_change", args=[run.pk]): False,
        reverse("admin:data"): True,
    }
    assert check(visit(), pages) == {}


def test_ways_in(visit, trade):
    first_run = visit(organization=trade.empty)
    assert "Vacant has no facts yet" in first_run.locator("[data-live]").inner_text()
    assert wrong_with(first_run, on_a_phone=True) == []
    sign_in = visit("/admin/login/", user=None)
    assert wrong_with(sign_in, on_a_phone=True) == []
    sign_in.fill("[name=username]", trade.viewer.email.upper())
    sign_in.fill("[name=password]", PASSWORD)
    sign_in.keyboard.press("Enter")
    sign_in.wait_for_url("**/admin/")
    assert sign_in.locator("h1").first.inner_text().strip() == "Overview"


def test_pages_are_of_the_same_day_whenever_the_suite_runs(visit):
    page = visit(reverse("admin:marketplace_order_add"))
    days = page.evaluate("[new Date(), new Date(Date.now())].map((one) => one.toISOString().slice(0, 10))")
    assert {*days, str(timezone.now().date())} == {f"{NOW:%Y-%m-%d}"}
    assert "2020" in page.evaluate("new Date(2020, 1).toString()")
    assert page.locator(".timezonewarning").count() == 0  # it compares the server's zone with the browser's on its day
    page.goto(reverse("admin:dashboard_orders"))
    page.get_by_text(f"As of {NOW.day} {NOW:%b %Y}").wait_for()
