"""The page behind a value: its formula, and the rows that add up to it."""

import re

import pytest
from django.urls import reverse

from apps.analytics.metrics.catalogue import METRICS

MARCH = "start_date=2026-03-01&end_date=2026-03-31"


def address(metric, query=MARCH):
    return reverse("admin:metric", args=[metric]) + "?" + query


def test_every_metric_is_explained_with_links_to_its_rows(example_day, owner, sign_in):
    client = sign_in(owner, example_day)
    for key, metric in METRICS.items():
        answer = client.get(address(key))
        text = answer.content.decode()
        assert metric.label in text, key
        if answer.status_code == 400:
            assert "only makes sense by" in text, key
            continue
        assert answer.status_code == 200, key
        for row in answer.context["rows"][:1]:
            assert client.get(row.href).status_code == 200, key


def test_the_parts_of_a_ratio_are_shown_one_at_a_time(example_day, owner, sign_in):
    client = sign_in(owner, example_day)
    above = client.get(address("average_order_value"))
    below = client.get(address("average_order_value", MARCH + "&part=denominator"))
    assert [part["is_shown"] for part in above.context["parts"]] == [True, False]
    assert [part["is_shown"] for part in below.context["parts"]] == [False, True]


def test_a_change_leads_to_how_the_value_changed(example_day, owner, sign_in):
    client = sign_in(owner, example_day)
    overview = client.get(reverse("admin:index") + "?timeframe=mtd&compare=previous_year")
    shown = {panel["key"]: panel for panel in overview.context["panels"]}
    assert len(shown["drivers"]["drivers"]) > 1
    for key, compare in (("changes", "previous_period"), ("drivers", "previous_year")):
        panel = shown[key]
        links = [panel["href"], *(driver["href"] for driver in panel["drivers"])]
        for link in links:
            assert link.endswith("#change")
            answer = client.get(link.partition("#")[0])
            assert answer.context["controls"].compare == compare
            change = answer.context["change"]
            assert (change["days"], change["earlier_days"]) == (panel["period"], panel["against"])
        if panel["is_nothing"]:
            continue
        changes = [panel["change"], *(driver["change"] for driver in panel["drivers"])]
        told = [client.get(link.partition("#")[0]).context["change"]["in_words"].title for link in links]
        assert [text.partition(" against ")[0] for text in told] == changes


def test_the_change_is_that_of_the_days_it_names(example_day, owner, sign_in):
    client = sign_in(owner, example_day)
    query = "start_date=2026-03-10&end_date=2026-03-10&compare=previous_period"
    change = client.get(address("total_revenue", query)).context["change"]
    now, earlier = (
        client.get(address("total_revenue", f"start_date={day}&end_date={day}")).context["value"]
        for day in ("2026-03-10", "2026-03-09")
    )
    assert (change["value"], change["earlier"]) == (now, earlier)
    assert client.get(change["earlier_href"]).context["value"] == earlier
    assert client.get(address("customer_count")).context["change"] is None


def test_rows_come_page_by_page_and_each_once(example_day, owner, sign_in, monkeypatch):
    monkeypatch.setattr("apps.backoffice.explanation.PAGE_SIZE", 2)
    client = sign_in(owner, example_day)
    whole, seen, query = client.get(address("order_count")), [], MARCH
    while query:
        answer = client.get(address("order_count", query))
        seen += [row.href for row in answer.context["rows"]]
        query = re.sub(r"^\?", "", answer.context["next"])
    assert len(seen) == len(set(seen)) == int(whole.context["rows_in_all"])


@pytest.mark.parametrize(
    ("metric", "query", "status"),
    [
        ("total_revenue", MARCH + "&part=denominator", 400),
        ("total_revenue", MARCH + "&cursor=none", 400),
        ("total_revenue", MARCH + "&cursor=%00", 400),
        ("churn_rate", MARCH + "&channel=web", 400),
        ("turnover", MARCH, 404),
    ],
)
def test_what_cannot_be_explained_is_told(metric, query, status, example_day, owner, sign_in):
    assert sign_in(owner, example_day).get(address(metric, query)).status_code == status
