"""What pages may load and run is bounded, and nothing that they do is refused.

Each test that visits a page fails when the policy refuses something: browsers complain of it. Here are the pages that
no other test of the package visits.
"""

import re

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from apps.core.context import organization_context
from apps.marketplace.models import Order
from tests.notifications.conftest import queue_for

REFUSED = """
    window.refused = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        window.refused.push(`${event.effectiveDirective}: ${event.blockedURI}`));
"""


@pytest.fixture
def stranger(context, server):
    """Return a page of its own: here the browser is to complain."""
    page = context.browser.new_page(base_url=server)
    yield page
    page.close()


def test_rows_and_settings_run_under_the_policy(visit, trade):
    with organization_context(trade.laundry.pk):
        order = Order.objects.first()
    page = visit("/admin/accounts/membership/")
    rows = [reverse(f"admin:marketplace_order_{name}", args=[order.pk]) for name in ("history", "delete")]
    for address in (*rows, reverse("admin:accounts_apitoken_add"), reverse("admin:password_change")):
        assert page.goto(address).ok, address
    page.locator("[name=old_password]").wait_for()


def test_what_only_scripts_do_works_under_the_policy(visit):
    page = visit(reverse("admin:marketplace_order_changelist"))
    page.get_by_role("button", name=re.compile("Search anything")).click()
    page.locator("#search-input-command").press_sequentially("Foam")
    page.locator("#command-results-list").get_by_text("Foam").first.wait_for()
    page.goto(reverse("admin:marketplace_order_add"))
    page.locator(".field-customer .select2-selection").click()
    page.locator(".select2-results__option", has_text="Customer A").click()
    assert "Customer A" in page.locator(".field-customer .select2-selection").inner_text()


def test_a_mail_is_shown_under_the_policy(visit, trade):
    told = {"name": "Monday’s summary", "organization": "Laundry", "reason": "The disk is full.", "address": "#"}
    html = render_to_string("reports/mail/paused.html", told)
    [delivery] = queue_for(trade.laundry, "ann@policy.example", html=html)
    page = visit(reverse("admin:notifications_delivery_change", args=[delivery.pk]), has_clock=False)
    page.frame_locator("iframe").get_by_text("The disk is full.").wait_for()


def test_the_pages_about_the_api_run_under_the_policy(visit):
    page = visit(reverse("docs"))
    page.get_by_text("/api/analytics/dashboard/").first.wait_for()
    page.goto(reverse("redoc"))
    page.get_by_text("Download OpenAPI specification").first.wait_for()


def test_a_script_that_was_smuggled_in_does_not_run(stranger):
    said = []
    stranger.on("console", lambda one: said.append((one.type, one.text)))
    stranger.add_init_script(REFUSED)
    stranger.goto(reverse("admin:login"))
    stranger.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.smuggled = true";
            document.body.append(script);
        }"""
    )
    assert stranger.evaluate("window.smuggled") is None
    assert stranger.evaluate("window.refused") == ["script-src-elem: inline"]
    [(kind, text)] = said  # what other tests of the package fail at
    assert kind == "error"
    assert "Content Security Policy" in text
