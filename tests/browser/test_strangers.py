"""Staff of one organization find nothing of another: by address, by name, by filter, as a file, by posting."""

import io
import zipfile
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from tests.backoffice.rows import nothing_changes
from tests.browser.axe import serious
from tests.browser.requests import post
from tests.browser.trade import CANARY

# Whose own pages show the canary.
SHOWN = (
    "engagement.interaction", "engagement.segment", "hierarchy.entity", "imports.importrun", "marketplace.category",
    "marketplace.customer", "marketplace.order", "marketplace.partner", "marketplace.product", "marketplace.refund",
    "analytics.customeranalytics", "analytics.partnerperformancemetric",
)  # fmt: skip
PANELS = ("overview/top_partners.csv", "overview/top_partners.xlsx")


def page_of(label, row, view="change"):
    return reverse(f"admin:{label.replace('.', '_')}_{view}", args=[row.pk])


def list_of(label, **query):
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")
    return f"{address}?{urlencode(query)}" if query else address


@pytest.fixture
def of_clinic(trade):
    return trade.of_clinic


@pytest.fixture
def places(of_clinic):
    """Where the clinic's own people read the canary."""
    customer, partner = of_clinic["marketplace.customer"].pk, of_clinic["marketplace.partner"].pk
    choices = {"app_label": "marketplace", "model_name": "order"}
    return [
        *(page_of(label, of_clinic[label]) for label in SHOWN),
        page_of("marketplace.order", of_clinic["marketplace.order"], "history"),
        page_of("marketplace.order", of_clinic["marketplace.order"], "delete"),
        list_of("marketplace.order", customer__id__exact=customer),
        list_of("marketplace.order", partner__id__exact=partner),
        list_of("marketplace.customer", q="Customer can"),
        list_of("analytics.partnerperformancemetric", partner__id__exact=partner),
        reverse("admin:dashboard_partner", args=[partner]),
        f"{reverse('admin:dashboard_revenue')}?partner={partner}",
        f"{reverse('admin:metric', args=['total_revenue'])}?partner={partner}",
        *(f"/admin/dashboards/{panel}?partner={partner}" for panel in PANELS),
        f"{page_of('imports.importrun', of_clinic['imports.importrun']).removesuffix('change/')}rejected.csv",
        f"/admin/search/?{urlencode({'s': 'Customer can'})}",
        *(
            f"/admin/autocomplete/?{urlencode({**choices, 'field_name': field, 'term': term})}"
            for field, term in (("customer", "Customer can"), ("partner", "Partner can"))
        ),
        reverse("admin:organization"),
    ]


def read(page, address):
    """The text that the browser gets; that of a workbook is within."""
    body = page.request.get(address).body()
    if address.partition("?")[0].endswith(".xlsx") and body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as workbook:
            body = b"".join(workbook.read(name) for name in workbook.namelist())
    return body.decode(errors="replace")


def test_nothing_of_the_clinic_is_found_by_strangers(visit, trade, places):
    page = visit("/admin/metrics/", user=trade.clinician, organization=trade.clinic)
    assert [address for address in places if CANARY not in read(page, address)] == []
    page = visit("/admin/metrics/")
    assert [address for address in places if CANARY in read(page, address)] == []


def test_the_palette_finds_rows_of_the_current_organization(visit):
    page = visit("/admin/data/")
    page.keyboard.press("Control+k")
    search = page.locator("#search-input-command")
    for term, found in (("Customer can", "Nothing is called"), ("Customer", "Customer A")):
        search.fill(term)  # as when it is pasted: no key is pressed
        page.locator("#command-results-list", has_text=found).wait_for()
        assert CANARY not in page.content()
    for _theme in ("light", "dark"):
        assert serious(page) == []
        page.evaluate("document.documentElement.classList.add('dark')")


def test_nothing_of_the_clinic_is_changed_by_strangers(visit, trade, of_clinic):
    page = visit("/admin/metrics/")
    day, order = of_clinic["analytics.dailyrevenuesummary"], of_clinic["marketplace.order"]
    customer = of_clinic["analytics.customeranalytics"]
    orders, days = list_of("marketplace.order"), list_of("analytics.dailyrevenuesummary")
    run = page_of("imports.importrun", of_clinic["imports.importrun"]).removesuffix("change/")
    saved = {"number": "Taken", "status": "pending", "channel": "web", "_save": "Save"}
    recompute, of_clinics_page = {"action": "recompute"}, {"_organization": str(trade.clinic.pk)}
    selected = {"_selected_action": str(order.pk), "select_across": "0"}
    asked = [
        (page_of("marketplace.order", order), saved, 302),
        (page_of("marketplace.order", order), {**saved, **of_clinics_page}, 302),
        (page_of("marketplace.order", order, "delete"), {"post": "yes"}, 302),
        (page_of("analytics.dailyrevenuesummary", day), {"analytics_dailyrevenuesummary_recompute_shown": ""}, 302),
        (orders, {"action": "delete_selected", "post": "yes", **selected}, 302),
        (days, {**recompute, "_selected_action": str(day.pk)}, 302),
        (list_of("analytics.customeranalytics"), {**recompute, "_selected_action": str(customer.pk)}, 302),
        (f"{run}commit/", {"mode": "valid_rows"}, 404),
        (f"{run}cancel/", {}, 404),
        (reverse("admin:data_recompute"), of_clinics_page, 403),
        (reverse("admin:data_verify"), of_clinics_page, 403),
        (reverse("admin:organization"), {"organization": str(trade.clinic.pk)}, 404),
    ]
    with nothing_changes():
        answers = [(address, post(page, address, fields).status) for address, fields, _status in asked]
    assert answers == [(address, status) for address, _fields, status in asked]
    exported = post(page, orders, {"action": "export_selected", **selected})
    assert len(exported.text().splitlines()) == 1  # the names of its columns
    page.reload()
    assert "Laundry" in page.locator(".bw-organization").inner_text()
