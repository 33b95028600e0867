"""The page of customers: who comes back, what they are worth, whom we may lose, on the example day."""

import csv
import datetime
import io
import re

import pytest
from django.urls import reverse

from apps.accounts.notation import Notation
from apps.backoffice.dashboards.pages import PAGES
from apps.core.context import organization_context
from apps.documents.naming import named
from apps.marketplace.models import Customer
from tests.backoffice.dashboards.test_pages import MARCH, address

CUSTOMERS = PAGES["customers"]


@pytest.fixture
def eve(example_day):
    """The customer at risk."""
    with organization_context(example_day.pk):
        Customer.objects.filter(name="Eve").update(email="eve@home.example")
        return Customer.objects.get(name="Eve")


def panels(client, **more):
    return {panel["key"]: panel for panel in client.get(address(CUSTOMERS, **more)).context["panels"]}


def test_new_and_returning_customers_are_all_customers(example_day, owner, sign_in):
    shown = panels(sign_in(owner, example_day))
    returning, new = shown["trend"]["chart"]["metrics"]
    assert (returning["label"], new["label"]) == ("Returning customers", "New customers")
    assert (returning["values"][9], new["values"][9]) == (1, 1)
    cards = {card.key: card for card in shown["summary"]["cards"]}
    assert (cards["customers"].value, cards["churn_rate"].value) == ("2", "25.0%")
    assert cards["churn_rate"].change.text == "not kept over time"


def test_cohorts_tell_what_part_ordered_again_and_lead_to_those_orders(example_day, owner, sign_in):
    client = sign_in(owner, example_day)
    heat = panels(client)["retention"]
    rows = {row["name"]: row["cells"] for row in heat["rows"]}
    assert {name: cells[0].text for name, cells in rows.items()} == {"Oct 2025": "1", "Jan 2026": "2", "Mar 2026": "1"}
    assert heat["across"] == ["Customers", "+1", "+2", "+3", "+4", "+5"]
    march = rows["Jan 2026"][2]  # Ann again, Eve not
    assert (march.text, march.about, march.is_running) == ("50%", "1 of 2 customers", True)
    assert rows["Jan 2026"][3:] == [None] * 3
    explained = client.get(march.href).content.decode()
    assert re.search(r"data-explained>([^<]*)<", explained)[1] == "1"
    assert "1 – 13 Mar 2026" in explained.replace("\N{THIN SPACE}", " ").replace("–", " – ").replace("  ", " ")
    assert "Jan 2026" in explained  # the filter


def test_lifetime_values_lie_in_bands_of_the_organizations_money(example_day, owner, sign_in):
    shown = panels(sign_in(owner, example_day))["lifetime_values"]
    count = shown["chart"]["metrics"][0]
    worth = {title: value for title, value in zip(count["titles"], count["values"], strict=True) if value}
    assert worth == {"USD\xa010 – 20": 2, "USD\xa020 – 50": 1, "USD\xa0100 – 200": 1}  # Dee and Eve, Ben, Ann
    assert count["labels"][-1] == "100 – 200"
    assert len(count["labels"]) == len(count["values"])


@pytest.mark.parametrize(("role", "email"), [("owner", "eve@home.example"), ("viewer", "e***@***")])
def test_who_is_at_risk_is_listed_with_the_address_that_the_role_may_see(
    role, email, example_day, eve, sign_in, request
):
    client = sign_in(request.getfixturevalue(role), example_day)
    grid = panels(client)["at_risk"]["grid"]
    (row,) = grid.rows
    assert [cell.text.replace("\xa0", " ") for cell in row] == ["Eve", "10.00", "1", "10 Jan 2026", email]
    assert row[0].href.startswith(reverse("admin:marketplace_customer_change", args=[eve.pk]))
    assert client.get(row[0].href).status_code == 200
    assert "churn_risk=true" in grid.total[1].href
    path = reverse("admin:dashboard_data", args=["customers", "at_risk", "csv"]) + "?" + MARCH
    lines = list(csv.reader(io.StringIO(b"".join(client.get(path)).decode("utf-8-sig"))))
    assert lines[0][-2:] == ["Last order", "E-mail"]
    assert lines[1][-2:] == ["2026-01-10", email]


@pytest.mark.parametrize(
    ("locale", "currency", "band", "name"),
    [
        ("en-US", "EUR", "10", "EUR 10 – 20"),
        ("de-DE", "EUR", "1000", "1.000 – 2.000 EUR"),
        ("zh-TW", "TWD", "0", "TWD 0 – 1"),
        ("en-US", "USD", "below_zero", "Below USD 0"),
        ("en-US", "USD", "5000000000", "USD 5B and more"),
    ],
)
def test_a_band_is_written_as_the_organization_writes_money(locale, currency, band, name):
    written = named("lifetime_value_band", band, band, Notation(locale, currency, "UTC"))
    assert written.replace("\N{NO-BREAK SPACE}", " ") == name


def test_a_month_is_written_as_the_organization_writes_months_and_nothing_by_its_label():
    notation = Notation("de-DE", "EUR", "UTC")
    assert named("cohort", "2026-03", "2026-03", notation) == notation.month(datetime.date(2026, 3, 1))
    assert named("cohort", "", "No counted order", notation) == "No counted order"
