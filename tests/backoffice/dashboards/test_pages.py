"""Dashboards show what metrics say, lead from every value to its rows, and can be shared by address."""

import csv
import io
import re
from dataclasses import replace
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qsl

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Organization
from apps.analytics.answers import answering
from apps.analytics.rest import sections
from apps.backoffice.dashboards import views
from apps.backoffice.dashboards.pages import ALL_PAGES, PAGES
from apps.core.context import organization_context
from apps.marketplace.models import Partner
from tests.analytics.records import refresh
from tests.builders import make_order, make_organization, make_partner

MARCH = "start_date=2026-03-01&end_date=2026-03-31"
PART = {views.PART: "panels"}


def address(page, **more):
    query = "&".join([MARCH, *(f"{key}={value}" for key, value in more.items())])
    return f"{reverse(f'admin:{page.route}')}?{query}"


def test_the_page_of_a_partner_shows_that_partner_alone(example_day, owner, sign_in):
    client = sign_in(owner, example_day)
    with organization_context(example_day.pk):
        partner = Partner.objects.order_by("name").first()
    shown = client.get(reverse("admin:dashboard_partner", args=[partner.pk]) + "?" + MARCH)
    filtered = client.get(address(PAGES["overview"], partner=partner.pk))

    assert partner.name in shown.content.decode()
    revenue = re.search(r'data-figure="total_revenue".*?title="([^"]*)"><', shown.content.decode(), re.DOTALL)[1]
    trend = next(panel for panel in filtered.context["panels"] if panel["key"] == "trend")
    assert trend["grid"].total[1].text in revenue


def test_what_is_not_kept_under_a_filter_says_so_and_the_rest_is_shown(example_day, owner, sign_in):
    answer = sign_in(owner, example_day).get(address(PAGES["revenue"], channel="web"))
    unavailable = {panel["key"] for panel in answer.context["panels"] if panel["unavailable"]}
    assert {"by_payment_method", "by_category"} <= unavailable
    assert not unavailable & {"summary", "trend", "by_channel"}
    assert "These figures are not kept by channel." in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("channel=pigeon", "Channel: Give one of"),
        ("partner=12", "Partner: Give ids"),
        ("partner=%00", "Partner: Give"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_default_is_shown(query, told, example_day, owner, sign_in):
    answer = sign_in(owner, example_day).get(reverse("admin:index") + "?" + query)
    assert answer.status_code == 200
    assert told in unescape(answer.content.decode())
    assert answer.context["panels"]


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        (
            "start_date=2026-03-31&end_date=2026-03-01",
            "start_date",
            "The first day, 31 Mar 2026, comes after the last, 1 Mar 2026. Swap them or change one.",
        ),
        ("start_date=yesterday", "start_date", "There is no such day. Write one as 2026-03-13."),
        ("start_date=2026-02-01&end_date=2026-02-30", "end_date", "There is no such day."),
        ("start_date=2026-06-01", "start_date", "This day is still to come. Choose one up to today, 13 Mar 2026"),
        (
            "start_date=2014-01-01&end_date=2026-03-01",
            "start_date",
            "A period has at most 3,660 days, and this has 4,443. Choose a later first day.",
        ),
        ("start_date=1800-01-01&end_date=2026-03-01", "start_date", "Choose a day between 1 Jan 1900 and 31 Dec 2199."),
        ("end_date=1900-01-05", "end_date", "Choose a first day as well, or a later last day"),
        ("timeframe=fortnight", "timeframe", "“fortnight” cannot be chosen. Choose one of the list."),
        ("compare=luck", "compare", "“luck” cannot be chosen."),
        ("refund_basis=never", "refund_basis", "“never” cannot be chosen."),
    ],
)
def test_a_period_that_cannot_be_read_is_told_at_its_field_which_keeps_it(
    query, field, told, example_day, owner, sign_in
):
    answer = sign_in(owner, example_day).get(reverse("admin:index") + "?" + query)
    page, controls = unescape(answer.content.decode()), answer.context["controls"]
    assert list(controls.problems) == [field]
    assert f'id="problem-{field}" role="alert">{told}' in page
    assert f'aria-describedby="problem-{field}"' in page
    assert controls.preset == "30d"
    assert answer.context["panels"]
    for name, value in parse_qsl(query):
        if name.endswith("_date"):
            assert f'name="{name}" value="{value}"' in page
    assert ("Until that is mended you see: Last 30 days" in page) == (field not in {"compare", "refund_basis"})


def test_what_could_be_read_beside_it_holds(example_day, owner, sign_in):
    query = "?start_date=2026-03-09&end_date=2026-03-01&compare=previous_year&refund_basis=never"
    controls = sign_in(owner, example_day).get(reverse("admin:index") + query).context["controls"]
    assert set(controls.problems) == {"start_date", "refund_basis"}
    assert (controls.compare, controls.refund_basis) == ("previous_year", "refund_day")


def test_filters_are_chips_that_can_be_removed_and_keep_the_rest(example_day, owner, sign_in):
    answer = sign_in(owner, example_day).get(address(PAGES["overview"], channel="web", compare="previous_year"))
    (chip,) = answer.context["chips"]
    assert (chip.label, chip.value) == ("Channel", "Web")
    assert "channel" not in chip.without
    assert "compare=previous_year" in chip.without
    assert "start_date=2026-03-01" in chip.without


def test_a_page_that_refreshes_itself_gets_its_panels_once(example_day, owner, sign_in):
    client = sign_in(owner, example_day)
    first = client.get(address(PAGES["overview"]), headers=PART)
    again = client.get(address(PAGES["overview"]), headers={**PART, "If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert "<html" not in first.content.decode()
    assert first["Cache-Control"] == "no-cache, private" or "private" in first["Cache-Control"]

    make_order(example_day, total=11)
    refresh(example_day)
    changed = client.get(address(PAGES["overview"]), headers={**PART, "If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_a_page_shows_at_once_that_a_partner_has_another_name(example_day, owner, sign_in):
    client, page = sign_in(owner, example_day), address(PAGES["partners"])
    first = client.get(page, headers=PART)
    with organization_context(example_day.pk):
        Partner.objects.update(name="Renamed")
    changed = client.get(page, headers={**PART, "If-None-Match": first["ETag"]})
    assert (changed.status_code, "Renamed" in first.content.decode()) == (200, False)
    assert "Renamed" in changed.content.decode()


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_data_of_each_panel_comes_as_a_file(page, example_day, owner, sign_in):
    client = sign_in(owner, example_day)
    for panel in page.panels:
        base = reverse("admin:dashboard_data", args=[page.key, panel.key, "csv"]) + "?" + MARCH
        text = b"".join(client.get(base)).decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text)))
        book = b"".join(client.get(base.replace(".csv", ".xlsx")))
        sheet = openpyxl.load_workbook(io.BytesIO(book)).active
        zone = f" ({example_day.timezone})"  # instants of CSV carry their offset
        assert [cell.value.removesuffix(zone) for cell in sheet[1]] == lines[0]
        assert sheet.max_row == len(lines), panel.key


def test_a_file_holds_what_the_page_shows(example_day, owner, sign_in):
    client = sign_in(owner, example_day)
    page = client.get(address(PAGES["revenue"]))
    grid = next(panel for panel in page.context["panels"] if panel["key"] == "by_payment_method")["grid"]
    data = client.get(reverse("admin:dashboard_data", args=["revenue", "by_payment_method", "csv"]) + "?" + MARCH)
    lines = list(csv.reader(io.StringIO(b"".join(data).decode("utf-8-sig"))))
    assert lines[0] == ["Payment method", "Total revenue (USD)"]
    assert [[row[0].text, row[1].text] for row in (*grid.rows, grid.total)] == lines[1:]


@pytest.fixture
def many_partners(example_day):
    for number in range(40):
        make_order(example_day, partner=make_partner(example_day, name=f"Partner {number:02}"), total=number + 1)
    refresh(example_day)
    return example_day


def file_of(client, panel, format_="csv"):
    path = reverse("admin:dashboard_data", args=["partners", panel, format_])
    answer = client.get(f"{path}?start_date=2026-03-01&end_date=2026-03-31")
    return answer["Content-Disposition"], b"".join(answer)


def test_the_file_of_a_ranking_holds_the_rows_that_the_page_leaves_out_and_the_total(many_partners, owner, sign_in):
    client = sign_in(owner, many_partners)
    page = client.get(address(PAGES["partners"]))
    grid = next(panel for panel in page.context["panels"] if panel["key"] == "ranking")["grid"]
    assert (len(grid.rows), grid.more > 10) == (25, True)

    name, text = file_of(client, "ranking")
    lines = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert len(lines) == 1 + 25 + grid.more + 1
    assert {f"Partner {number:02}" for number in range(40)} <= {line[0] for line in lines}
    assert lines[-1][0] == "Total"
    assert sum(Decimal(line[1]) for line in lines[1:-1]) == Decimal(lines[-1][1])
    assert "first" not in name

    sheet = openpyxl.load_workbook(io.BytesIO(file_of(client, "ranking", "xlsx")[1])).active
    assert sheet.max_row == len(lines)
    assert [cell.value for cell in sheet["A"]][1:] == [line[0] for line in lines[1:]]


def test_a_file_of_more_rows_than_it_holds_says_so_in_its_name(many_partners, owner, sign_in, monkeypatch):
    monkeypatch.setattr(sections, "MAX_IN_A_FILE", 30)
    name, text = file_of(sign_in(owner, many_partners), "ranking")
    held, of = map(int, re.search(r"-first-(\d+)-of-(\d+)\.csv", name).groups())
    lines = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert (held, len(lines)) == (30, 32)
    assert of > 40
    assert Decimal(lines[-1][1]) > sum(Decimal(line[1]) for line in lines[1:-1])


@pytest.mark.parametrize("path", ["overview/trend.pdf", "overview/nothing.csv", "nothing/trend.csv", "partner/x.csv"])
def test_what_is_no_file_is_not_there(path, example_day, owner, sign_in):
    assert sign_in(owner, example_day).get(f"/admin/dashboards/{path}").status_code == 404


def test_a_stranger_sees_nothing_of_another_organization(example_day, owner, sign_in):
    other: Organization = make_organization("elsewhere")
    partner = make_partner(other, name="Secret partner")
    client = sign_in(owner, example_day)
    assert client.get(reverse("admin:dashboard_partner", args=[partner.pk])).status_code == 404
    page = client.get(address(PAGES["overview"], partner=partner.pk))
    assert "Secret partner" not in page.content.decode()
    assert page.context["chips"][0].value == str(partner.pk)


def test_a_viewer_sees_the_pages_and_no_address_of_a_customer(example_day, viewer, sign_in):
    client = sign_in(viewer, example_day)
    for page in PAGES.values():
        answer = client.get(address(page))
        assert answer.status_code == 200
        assert not re.findall(r"[a-z]{3,}@[a-z]+\.example", answer.content.decode().replace(viewer.email, ""))


def test_a_page_that_is_kept_costs_few_statements(example_day, owner, sign_in):
    client = sign_in(owner, example_day)
    client.get(address(PAGES["overview"]))
    with CaptureQueriesContext(connection) as captured:
        client.get(address(PAGES["overview"]))
    assert len(captured) <= 6, [query["sql"][:90] for query in captured]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_that_is_computed_costs_at_most_two_statements_a_panel(page, example_day, owner, sign_in):
    client = sign_in(owner, example_day)
    with CaptureQueriesContext(connection) as captured:
        client.get(address(page))
    assert len(captured) <= 24 + 2 * len(page.panels)


def test_an_answer_to_other_questions_is_not_shown(example_day, owner, sign_in, monkeypatch):
    client = sign_in(owner, example_day)
    page = PAGES["revenue"]
    client.get(address(page))
    fewer = replace(page, panels=page.panels[:2])
    assert fewer.fingerprint != page.fingerprint
    answer = client.get(address(page))
    assert len(answer.context["panels"]) == len(page.panels)


def test_a_calculation_that_fails_shows_the_last_good_page_or_says_so(example_day, owner, sign_in, monkeypatch):
    client = sign_in(owner, example_day)
    client.get(address(PAGES["overview"]))
    make_order(example_day, total=7)
    refresh(example_day)

    def fail(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(answering, "to_json", fail)
    stale = client.get(address(PAGES["overview"]))
    assert stale.status_code == 200
    assert "The newest figures could not be computed" in stale.content.decode()

    never = client.get(address(PAGES["overview"], channel="web"))
    assert never.status_code == 500
    assert "These figures could not be computed" in never.content.decode()
    assert "ZeroDivisionError" not in never.content.decode()


def test_every_page_is_named_once():
    assert list(ALL_PAGES) == [page.key for page in ALL_PAGES.values()]
    for page in ALL_PAGES.values():
        keys = [panel.key for panel in page.panels]
        assert len(keys) == len(set(keys))
