"""The page of orders: how far they come, when, and how long they take, on the example day."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.models import Organization
from apps.accounts.notation import Notation
from apps.analytics.metrics import examples
from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.scope import scope_of
from apps.backoffice.dashboards.pages import PAGES
from apps.documents.units import duration
from tests.analytics.metrics.conftest import THE_DAY
from tests.analytics.metrics.example_day import at
from tests.analytics.records import refresh
from tests.backoffice.dashboards.test_pages import address
from tests.builders import make_order

ORDERS = PAGES["orders"]


@pytest.fixture
def panels(example_day, owner, sign_in):
    """What the page shows, by panel."""

    def of(**more):
        answer = sign_in(owner, example_day).get(address(ORDERS, **more))
        return {panel["key"]: panel for panel in answer.context["panels"]}

    return of


def test_statuses_stand_in_the_order_of_an_orders_life_with_their_shares(example_day, panels):
    grid = panels()["by_status"]["grid"]
    table = query_metrics(scope_of(example_day), ["order_count"], period=THE_DAY, dimensions=["status"])
    by_label = {row.labels[0]: row["order_count"] for row in table.rows}
    shown = {cells[0].text: (cells[1].text, cells[2].text) for cells in grid.rows}
    assert list(shown) == [
        "Pending", "Accepted", "Rejected", "In progress", "Ready", "Completed", "Cancelled", "No-show",
    ]  # fmt: skip
    assert {name: count for name, (count, _share) in shown.items()} == {
        name: str(count) for name, count in by_label.items()
    }
    assert shown["Completed"] == ("2", "40.0")
    tones = {cells[0].text: cells[3].change.tone for cells in grid.rows}
    assert (tones["Completed"], tones["Cancelled"], tones["Pending"]) == ("good", "bad", "plain")


def test_the_heat_map_begins_with_the_organizations_week_and_ends_with_its_last_busy_hour(example_day, panels):
    Organization.objects.filter(pk=example_day.pk).update(week_starts_on=7)
    heat = panels()["by_hour"]
    assert [row["name"] for row in heat["rows"]][:3] == ["Sunday", "Monday", "Tuesday"]
    assert heat["across"] == ["9"]
    (cell,) = heat["rows"][2]["cells"]
    assert (cell.text, cell.level) == ("5", 5)
    assert "weekday=2&hour=9" in cell.href


def test_percentiles_and_columns_lead_to_the_orders_that_took_so_long(example_day, owner, sign_in, panels):
    shown = panels()
    rows = {cells[0].text: cells for cells in shown["processing_times"]["grid"].rows}
    assert [cell.text for cell in rows["Placed to accepted"]][1:] == ["2", "15 min", "18 min", "19 min", "20 min"]
    assert rows["Picked up to processed"][2].text == "2 h 3 min"  # of 2 h, to 5 %
    spread = shown["durations"]
    assert spread["choices"] == [
        "Placed to accepted", "Accepted to picked up", "Picked up to processed", "Processed to delivered",
        "Placed to completed",
    ]  # fmt: skip
    first = spread["chart"]["metrics"][0]
    assert (first["labels"], first["values"]) == (["10–20 min", "20–60 min"], [1, 1])
    explained = sign_in(owner, example_day).get(first["links"][1]).content.decode()
    assert re.search(r"data-explained>([^<]*)<", explained)[1] == "1"
    assert "T2" in explained
    assert "T1" not in explained


def test_under_a_partner_only_what_is_kept_by_partners_is_shown(panels):
    unavailable = {key for key, panel in panels(partner="").items() if panel["unavailable"]}
    assert unavailable == {"by_status", "by_channel", "by_hour", "processing_times", "durations", "by_category"}
    assert not any(panel["unavailable"] for panel in panels(weekday="2").values())


def test_a_period_without_orders_is_told_so(example_day, owner, sign_in):
    long_ago = reverse("admin:dashboard_orders") + "?start_date=2024-01-01&end_date=2024-01-31"
    page = sign_in(owner, example_day).get(long_ago).content.decode()
    assert page.count("Nothing in this period") >= 5


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        ("0.04", "0.0 min"),
        ("9.94", "9.9 min"),
        ("35.5", "36 min"),
        ("59.6", "1 h"),
        ("61", "1 h 1 min"),
        ("599.4", "9 h 59 min"),
        ("750", "12 h"),
        ("2879", "2 d 0 h"),
        ("40320", "28 d 0 h"),
    ],
)
def test_durations_are_said_as_people_say_them(minutes, said):
    assert duration(Decimal(minutes), Notation("en-US", "USD", "UTC")) == said


def test_stages_over_a_year_are_said_to_be_left_out_and_lead_to_their_orders(example_day, owner, sign_in, panels):
    assert panels()["processing_times"]["note"] is None
    placed_at = at(examples.DAY)
    make_order(example_day, placed_at=placed_at, status="completed", completed_at=placed_at.replace(year=2062))
    refresh(example_day)
    note = panels()["processing_times"]["note"]
    assert note["text"] == "1 stage took over a year and is left out."
    explained = sign_in(owner, example_day).get(note["href"])
    assert explained.status_code == 200
    assert note["text"] in sign_in(owner, example_day).get(address(ORDERS)).content.decode()
