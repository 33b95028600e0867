"""The page of metrics: what the declarations say, and nothing besides."""

import re
from html import unescape

import pytest

from apps.analytics.metrics import examples
from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Unit
from apps.backoffice.metrics import UNITS

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/metrics/"


@pytest.fixture
def page(staff_cast, laundry, sign_in) -> str:
    answer = sign_in(staff_cast.viewer, laundry).get(ADDRESS)
    assert answer.status_code == 200
    return answer.content.decode()


def entry(page: str, key: str) -> str:
    """The text of a metric's entry, without tags."""
    found = re.search(rf'<article id="{key}".*?</article>', page, re.DOTALL)
    assert found, key
    return " ".join(unescape(re.sub(r"<[^>]+>", "", found[0])).split())


def test_every_metric_has_its_entry_in_the_order_of_the_catalogue(page):
    assert re.findall(r'<article id="(\w+)"', page) == list(METRICS)
    for key, metric in METRICS.items():
        shown = entry(page, key)
        for text in (metric.label, key, metric.formula, metric.example.because, UNITS[metric.unit]):
            assert " ".join(str(text).split()) in shown


def test_every_unit_has_a_name():
    assert set(UNITS) == set(Unit)


def test_an_entry_says_how_the_figure_is_computed_and_what_it_gives(page):
    shown = entry(page, "net_revenue")
    assert METRICS["net_revenue"].formula in shown
    assert "Computed as total_revenue - refund_amount" in shown
    assert "Example USD 112.00: 120 less the 8 refunded that day" in shown
    assert "The values of days add up to that of the period." in shown
    assert "Divided by Day of the week, Channel, Partner," in shown


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("refund_rate", "Computed as 100 * refund_amount / total_revenue"),
        ("refund_rate", "Example 6.67%: 8 of 120"),
        ("refund_rate", "Computed anew for each period; the values of days do not add up."),
        ("returning_customer_rate", "Computed as 100 * (customers - new_customers) / customers"),
        ("orders_per_customer", "Example 1.5: 3 by 2"),
        ("product_orders", "Example 3 (Product Shirt): T1, T2 and T5 have the product Shirt"),
        ("product_orders", "Divided by Product"),
        ("lifetime_value", "As things stand now, whatever the period."),
        ("lifetime_value", "Snapshot"),
        ("order_count", "Days add up"),
    ],
)
def test_entries_tell_rates_snapshots_and_sums_apart(key, text, page):
    assert text in entry(page, key)


def test_figures_that_others_are_made_of_lead_to_their_own_entries(page):
    net_revenue = page[page.index('<article id="net_revenue"') :].split("</article>")[0]
    assert re.findall(r'class="text-link" href="#(\w+)"', net_revenue) == ["total_revenue", "refund_amount"]


def test_every_anchor_leads_somewhere_and_none_is_there_twice(page):
    content = page[page.index("data-glossary") :]
    ids = re.findall(r'\bid="([\w-]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([\w-]+)"', content)) <= set(ids)


def test_the_facts_of_the_example_day_are_there_and_closed(page):
    assert "<details" in page
    assert "<details open" not in page
    told = unescape(page)
    assert all(fact in told for fact in examples.told())


def test_groups_come_with_the_number_of_their_metrics(page):
    shown = re.findall(r'href="#group-[\w-]+".*?>([\w ]+) <span[^>]*>(\d+)</span>', page)
    assert sum(int(number) for _group, number in shown) == len(METRICS)
    assert [group for group, _number in shown] == list(dict.fromkeys(metric.group for metric in METRICS.values()))


def test_what_an_entry_is_found_by_is_in_lower_case(page):
    words = unescape(re.search(r'<article id="net_revenue".*?data-words="([^"]*)"', page, re.DOTALL)[1])
    assert words == f"net revenue net_revenue sales money {METRICS['net_revenue'].formula.lower()}"


def test_the_sidebar_the_first_page_and_the_palette_lead_to_it(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.viewer, laundry)
    for address in ("/admin/", "/admin/search/?s=computed"):
        assert f'href="{ADDRESS}"' in client.get(address).content.decode()
    assert ">Metrics<" in client.get(ADDRESS).content.decode()


def test_it_costs_no_query_beyond_those_of_any_page(staff_cast, laundry, sign_in, django_assert_num_queries):
    client = sign_in(staff_cast.viewer, laundry)
    # Who asks, for which organization, which others there are, and what the sidebar counts.
    with django_assert_num_queries(4):
        client.get(ADDRESS)


def test_it_takes_nothing_in(staff_cast, laundry, sign_in):
    assert sign_in(staff_cast.owner, laundry).post(ADDRESS).status_code == 405
