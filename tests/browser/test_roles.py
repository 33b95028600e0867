"""What each role is offered in the browser, and that what is not offered is refused when it is asked for anyhow."""

import re

import pytest
from django.urls import reverse

from apps.analytics.models import CustomerAnalytics, DailyRevenueSummary
from apps.core.context import organization_context
from apps.marketplace.models import Order
from tests.backoffice.rows import make_import_run, nothing_changes
from tests.browser.requests import post

ORDERS = reverse("admin:marketplace_order_changelist")
DAYS = reverse("admin:analytics_dailyrevenuesummary_changelist")
CUSTOMERS = reverse("admin:analytics_customeranalytics_changelist")
EXPORTS = [
    "Export all rows",
    "Export everything these filters match, in the background",
    "Export the selected rows (CSV)",
]
# By address, what readers are offered that writes or acts.
OFFERED = {
    "viewer": {"orders": EXPORTS, "order": [], "days": EXPORTS, "day": [], "data": [], "imports": []},
    "analyst": {
        "orders": ["Add order", "Delete selected orders", *EXPORTS],
        "order": ["Add order", "Delete order", "Save", "Save and add another", "Save and continue editing"],
        "days": [*EXPORTS, "Recompute the selected days"],
        "day": ["Recompute"],
        "data": ["Import files"],
        "imports": ["Add import"],
    },
}
WRITES = re.compile(r"^(Add|Import|Save|Delete|Recompute|Verify|Export)\b")


@pytest.fixture
def addresses(trade):
    order, day = first(Order, trade.laundry), first(DailyRevenueSummary, trade.laundry)
    make_import_run(trade.laundry, "of a role")  # an empty list offers more
    return {
        "orders": ORDERS,
        "order": f"{ORDERS}{order.pk}/change/",
        "days": DAYS,
        "day": f"{DAYS}{day.pk}/change/",
        "data": reverse("admin:data"),
        "imports": reverse("admin:imports_importrun_changelist"),
    }


def first(model, organization):
    with organization_context(organization.pk):
        return model.objects.order_by("pk").first()


def offered(page):
    """Every button, link and choice of an action whose name begins with a verb that writes, outside the sidebar."""
    names = page.locator("button:visible, a:visible, select[name=action] option").evaluate_all(
        """found => found.filter((one) => !one.closest('nav, #nav-sidebar')).map((one) => {
            const copy = one.cloneNode(true);
            copy.querySelectorAll('[aria-hidden=true], .material-symbols-outlined').forEach((icon) => icon.remove());
            return one.getAttribute('aria-label') || one.title || copy.textContent.trim();
        })"""
    )
    return sorted({name for name in names if WRITES.match(name)})


@pytest.mark.parametrize("role", list(OFFERED))
def test_each_role_is_offered_what_it_may_do(role, visit, trade, addresses):
    page = visit("/admin/metrics/", user=getattr(trade, role))
    found = {}
    for name, address in addresses.items():
        page.goto(address)
        found[name] = offered(page)
    assert found == OFFERED[role]


def asked_for(trade, addresses, run):
    """What only those may ask for who write, as (address, fields)."""
    order, day = first(Order, trade.laundry), first(DailyRevenueSummary, trade.laundry)
    customer = first(CustomerAnalytics, trade.laundry)
    imports = reverse("admin:imports_importrun_changelist")
    return [
        (f"{ORDERS}add/", {"number": "N-1", "status": "pending", "channel": "web"}),
        (addresses["order"], {"number": "N-1", "status": "cancelled", "_save": "Save"}),
        (f"{ORDERS}{order.pk}/delete/", {"post": "yes"}),
        (ORDERS, {"action": "delete_selected", "_selected_action": str(order.pk), "post": "yes"}),
        (DAYS, {"action": "recompute", "_selected_action": str(day.pk)}),
        (addresses["day"], {"analytics_dailyrevenuesummary_recompute_shown": ""}),
        (CUSTOMERS, {"action": "recompute", "_selected_action": str(customer.pk), "select_across": "1"}),
        (f"{imports}add/", {"mapping": "takeaway", "mode": "all_or_nothing"}),
        (f"{imports}{run.pk}/commit/", {}),
        (f"{imports}{run.pk}/cancel/", {}),
        (reverse("admin:data_recompute"), {}),
        (reverse("admin:data_verify"), {}),
    ]


def test_a_viewer_who_posts_anyhow_is_refused(visit, trade, addresses):
    run = make_import_run(trade.laundry, "of a viewer")
    with organization_context(trade.laundry.pk):
        DailyRevenueSummary.objects.filter(pk=first(DailyRevenueSummary, trade.laundry).pk).update(order_count=777)
    page = visit(ORDERS, user=trade.viewer)
    with nothing_changes():
        answers = [
            (address, post(page, address, fields).status) for address, fields in asked_for(trade, addresses, run)
        ]
    # Django answers an action that is not offered by showing the list again.
    assert {status for address, status in answers if address not in {ORDERS, DAYS, CUSTOMERS}} == {403}
    assert {status for address, status in answers if address in {ORDERS, DAYS, CUSTOMERS}} <= {200, 302}
    # The same request of an analyst is carried out: it was not the secret of the form that was missing.
    page = visit(ORDERS, user=trade.analyst)
    assert post(page, addresses["day"], {"analytics_dailyrevenuesummary_recompute_shown": ""}).status == 302
    assert first(DailyRevenueSummary, trade.laundry).order_count != 777
    assert post(page, addresses["day"], {"analytics_dailyrevenuesummary_recompute_shown": ""}, secret="").status == 403
    assert post(page, reverse("admin:data_verify"), {}).status == 403  # owners ask for that


def test_a_form_of_the_organization_before_the_switch_saves_nothing(visit, trade):
    form = visit(f"{ORDERS}add/")
    form.fill("[name=number]", "N-before")
    form.locator("[name=placed_at_0]").fill("2026-03-10")
    other = form.context.new_page()
    other.goto(ORDERS)
    other.locator(".bw-organization").click()
    other.get_by_role("button", name="Vacant").click()
    other.wait_for_url(f"**{ORDERS}")
    assert "Vacant" in other.locator(".bw-organization").inner_text()
    assert other.locator("#result_list tbody tr").count() == 0
    other.close()

    form.get_by_role("button", name="Save", exact=True).click()

    form.get_by_text("this form was opened for another organization, and you work for Vacant now").wait_for()
    for organization in (trade.laundry, trade.empty):
        with organization_context(organization.pk):
            assert not Order.objects.filter(number="N-before").exists()


def test_who_has_one_organization_is_offered_no_other(visit, trade):
    page = visit("/admin/organization/", user=trade.viewer)
    assert page.locator("summary.bw-organization").count() == 0
    assert page.locator("main button, form button").filter(has_text=re.compile("Laundry|Vacant")).count() == 1
    assert post(page, "/admin/organization/", {"organization": str(trade.empty.pk)}).status == 404
    page.reload()
    assert "Laundry" in page.locator(".bw-organization").inner_text()
