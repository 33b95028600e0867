"""What pages may load and run is bounded, and nothing that they do is refused."""

import re

import pytest
from django.urls import reverse

from apps.backoffice.dashboards.pages import PAGES
from apps.core.context import organization_context
from apps.marketplace.models import Order

REFUSED = """
    window.refused = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        window.refused.push(`${event.effectiveDirective}: ${event.blockedURI}`));
"""
LISTS = (
    "marketplace_order", "marketplace_refund", "marketplace_customer", "marketplace_partner", "accounts_membership",
    "accounts_organization", "analytics_customeranalytics", "imports_importrun", "engagement_segment",
)  # fmt: skip
FORMS = ("marketplace_order_add", "marketplace_refund_add", "accounts_apitoken_add", "imports_importrun_add")


@pytest.fixture
def refused(visit):
    """Return what the policy refuses of the pages at some addresses, once they had time to run."""
    page = visit()
    page.add_init_script(REFUSED)

    def ask(*addresses):
        found = {}
        for address in addresses:
            page.goto(address)
            page.wait_for_load_state("networkidle")
            found[address] = page.evaluate("window.refused")
        return {address: told for address, told in found.items() if told}

    ask.page = page
    return ask


def test_dashboards_run_under_the_policy(refused):
    pages = [reverse(f"admin:{page.route}") for page in PAGES.values()]
    assert refused(*pages, reverse("admin:metrics"), reverse("admin:metric", args=["net_revenue"])) == {}
    refused.page.goto(pages[0])
    assert refused.page.locator("[data-panel=trend] svg path").count() > 0
    assert refused.page.evaluate("getComputedStyle(document.body).getPropertyValue('--color-primary-600')") != ""


def test_lists_and_forms_run_under_the_policy(refused, trade):
    with organization_context(trade.laundry.pk):
        order = Order.objects.first()
    lists = [reverse(f"admin:{name}_changelist") for name in LISTS]
    forms = [reverse(f"admin:{name}") for name in FORMS]
    rows = [reverse(f"admin:marketplace_order_{name}", args=[order.pk]) for name in ("change", "history", "delete")]
    assert refused(*lists, *forms, *rows, reverse("admin:data"), reverse("admin:password_change")) == {}


def test_what_only_scripts_do_works_under_the_policy(refused):
    page = refused.page
    refused(reverse("admin:marketplace_order_changelist"))
    page.get_by_role("button", name=re.compile("Search anything")).click()
    page.locator("#search-input-command").press_sequentially("Foam")
    page.locator("#command-results-list").get_by_text("Foam").first.wait_for()
    page.goto(reverse("admin:marketplace_order_add"))
    page.locator(".field-customer .select2-selection").click()
    page.locator(".select2-results__option", has_text="Customer A").click()
    assert "Customer A" in page.locator(".field-customer .select2-selection").inner_text()
    assert page.evaluate("window.refused") == []


def test_the_pages_about_the_api_run_under_the_policy(refused):
    assert refused(reverse("docs")) == {}
    refused.page.get_by_text("/api/analytics/dashboard/").first.wait_for()
    assert refused(reverse("redoc")) == {}
    refused.page.get_by_text("Download OpenAPI specification").first.wait_for()
    assert refused.page.evaluate("window.refused") == []


def test_a_script_that_was_smuggled_in_does_not_run(browser, live_server, db):
    page = browser.new_page(base_url=live_server.url)  # its own: here the browser is to complain
    page.add_init_script(REFUSED)
    page.goto(reverse("admin:login"))
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.smuggled = true";
            document.body.append(script);
        }"""
    )
    assert page.evaluate("window.smuggled") is None
    assert page.evaluate("window.refused") == ["script-src-elem: inline"]
    page.close()
