"""Lists and dashboards write as the organization does."""

import datetime

import pytest

from apps.accounts.models import Organization
from apps.analytics.models import AnswerCount
from apps.core.context import organization_context
from tests.builders import make_customer, make_order

pytestmark = pytest.mark.django_db
AT = datetime.datetime(2026, 3, 10, 18, 5, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("locale", "currency", "written"),
    [
        ("en-GB", "EUR", ["1,234.50", "10 Mar 2026, 19:05"]),
        ("en-US", "USD", ["1,234.50", "Mar 10, 2026, 7:05 PM"]),
        ("de-DE", "EUR", ["1.234,50"]),
        ("de-CH", "CHF", ["1’234.50"]),
        ("en-GB", "TWD", ["1,235"]),
    ],
)
def test_a_list_writes_numbers_and_dates_of_the_organization(
    locale, currency, written, staff_cast, laundry, sign_in
) -> None:
    Organization.objects.filter(pk=laundry.pk).update(locale=locale, currency=currency, timezone="Europe/Berlin")
    make_order(laundry, total="1234.50", placed_at=AT, customer=make_customer(laundry))
    client = sign_in(staff_cast.owner, laundry)

    shown = client.get("/admin/marketplace/order/").content.decode()

    assert [text for text in written if text not in shown] == []


def test_the_notation_of_one_request_is_not_that_of_the_next(staff_cast, laundry, sign_in) -> None:
    Organization.objects.filter(pk=laundry.pk).update(locale="en-US")
    client = sign_in(staff_cast.owner, laundry)
    client.get("/admin/marketplace/order/")
    Organization.objects.filter(pk=laundry.pk).update(locale="en-GB")
    make_order(laundry, placed_at=AT)
    assert "10 Mar 2026" in client.get("/admin/marketplace/order/").content.decode()


def test_counts_in_lists_are_grouped_as_the_organization_groups_them(staff_cast, laundry, sign_in) -> None:
    Organization.objects.filter(pk=laundry.pk).update(locale="de-DE")
    day = datetime.date(2026, 3, 10)
    with organization_context(laundry.pk):
        AnswerCount.objects.create(organization=laundry, date=day, endpoint="dashboard", hits=12_345, misses=2_345_678)
    page = sign_in(staff_cast.owner, laundry).get("/admin/analytics/answercount/").content.decode()
    assert "12.345" in page
    assert "2.345.678" in page
    assert "12,345" not in page
