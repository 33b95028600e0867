"""Pages of an instant of the past: kept in every link, said in a bar, refused in words."""

import re
from html import unescape

import pytest
from django.urls import reverse

from apps.accounts.models import Role
from apps.backoffice.dashboards.pages import PAGES
from tests.analytics.metrics.retold import SINCE, at, retell, say
from tests.analytics.records import HOUR
from tests.backoffice.dashboards.conftest import staff

DAYS = "start_date=2026-03-05&end_date=2026-03-11"
AS_OF = "as_of=2026-03-12"


@pytest.fixture
def client(laundry, sign_in):
    say(laundry)
    retell(laundry)
    with at(SINCE + HOUR):
        yield sign_in(staff(laundry, Role.OWNER), laundry)


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, address
    return unescape(answer.content.decode())


def test_every_page_says_it_and_keeps_it_in_its_links(client):
    for one in PAGES.values():
        text = page(client, f"{reverse(f'admin:{one.route}')}?{DAYS}&{AS_OF}")
        assert "As said on 12 Mar 2026, 23:59 (America/New_York)" in text
        panels = text[text.index("data-panels") :]
        links = [link for link in re.findall(r'href="([^"]+)"', panels) if "/metrics/" in link or "/data/" in link]
        assert links
        assert [link for link in links if AS_OF not in link and "?" in link] == []
        without = re.search(r'class="bw-chip" href="([^"]+)">Show what is known now', text)
        assert without
        assert AS_OF not in without[1]
        assert '<input type="hidden" name="as_of" value="2026-03-12">' in text  # of the form that changes the period


def test_a_page_without_it_says_nothing_of_it(client):
    text = page(client, f"/admin/?{DAYS}")
    assert 'bw-said"' not in text
    assert "as_of=" not in text


def test_what_is_said_and_what_cannot_be_known(client):
    text = page(client, f"{reverse('admin:dashboard_customers')}?{DAYS}&{AS_OF}")
    assert "days up to 11 Mar 2026 were known" in text
    assert "Customer segment: as it is now, not as it was then." in text


def test_an_explanation_shows_what_was_said_and_what_is_said_now(client):
    text = page(client, f"{reverse('admin:metric', args=['total_revenue'])}?{DAYS}&{AS_OF}")
    assert re.search(r"data-explained>\s*\$90\.00|data-explained>[^<]*90\.00", text)
    assert "What is said now" in text
    assert "they will agree within a minute" not in text
    now = page(client, f"{reverse('admin:metric', args=['total_revenue'])}?{DAYS}")
    assert "What is said now" not in now


def test_a_file_of_a_panel_holds_what_was_said(client):
    key = PAGES["revenue"].panels[0].key
    address = reverse("admin:dashboard_data", args=["revenue", key, "csv"])
    then, now = (client.get(f"{address}?{DAYS}{more}") for more in (f"&{AS_OF}", ""))
    assert "as-said-2026-03-12" in then["Content-Disposition"]
    assert b"".join(then.streaming_content) != b"".join(now.streaming_content)


@pytest.mark.parametrize(
    ("as_of", "words"),
    [
        ("2026-03-14", "This day is not over."),
        ("soon", "There is no such day."),
        ("2026-03-10", "is known since 12 Mar 2026, 08:00, when figures were first published."),
    ],
)
def test_what_cannot_be_asked_about_is_told_at_its_field(client, as_of, words):
    text = page(client, f"/admin/?{DAYS}&as_of={as_of}")
    assert words in text
    assert 'id="problem-as_of"' in text
    assert 'bw-said"' not in text


@pytest.mark.parametrize("query", [f"{DAYS}&as_of=garbage", f"{DAYS}&as_of=2099-01-01", "timeframe=garbage"])
def test_a_file_of_what_cannot_be_asked_about_is_refused_in_words(client, query):
    text = page(client, f"/admin/dashboards/revenue/summary.csv?{query}", status=400)
    assert text
    assert "total_revenue" not in text
