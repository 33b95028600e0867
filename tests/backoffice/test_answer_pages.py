"""Pages of computed answers: what is kept, how often it helped, and who may clear it."""

import datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from apps.analytics.answers import counts
from apps.analytics.answers.answering import Asked, From, answered
from apps.analytics.models import AnalyticsCache, AnswerCount, CacheType
from apps.core.context import organization_context
from tests.backoffice.rows import nothing_changes
from tests.builders import NOON

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
LIST, COUNTS = "/admin/analytics/analyticscache/", "/admin/analytics/answercount/"
CLEARING = [
    pytest.param("clear_expired", ["activity:2", "revenue:1"], id="expired"),
    pytest.param("clear_all", [], id="all"),
]


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=True):
        yield


def keep(organization: Any, key: str, cache_type: str = CacheType.REVENUE, **options: Any) -> None:
    """Keep an answer that shows how somebody can be reached."""
    with organization_context(organization.pk):
        data = {"email": "anna@example.com", "filler": "x" * 3000}
        AnalyticsCache.set_cached(key, data, cache_type, organization_id=organization.pk, **options)


@pytest.fixture
def kept(laundry, clinic) -> None:
    """Of each organization: a fresh answer, an expired one kept as the last good one, and one of no use."""
    for organization in (laundry, clinic):
        keep(organization, "revenue:1")
        keep(organization, "activity:2", CacheType.ACTIVITY, ttl_minutes=0, kept_for=DAY)
        keep(organization, "orders:3", CacheType.ORDERS, ttl_minutes=0)


def keys(organization: Any) -> list[str]:
    with organization_context(organization.pk):
        return list(AnalyticsCache.objects.order_by("key").values_list("key", flat=True))


def address(name: str) -> str:
    return reverse(f"admin:analytics_analyticscache_{name}")


def listed(client: Any, **query: str) -> list[str]:
    page = client.get(LIST, query)
    assert page.status_code == 200
    return sorted(row.key for row in page.context["cl"].result_list)


def test_the_list_tells_what_each_answer_is(kept, staff_cast, laundry, sign_in):
    page = sign_in(staff_cast.viewer, laundry).get(LIST).content.decode()
    for shown in ("Fresh", "Expired", "Revenue", "Activity", "Orders"):
        assert f">{shown}<" in "".join(page.split())
    assert ">revenue<" in page


def test_sizes_are_those_of_the_table_without_reading_what_is_in_it(kept, staff_cast, laundry, sign_in):
    rows = sign_in(staff_cast.viewer, laundry).get(LIST).context["cl"].result_list
    for row in rows:
        assert "data" in row.get_deferred_fields()
        assert 0 < row.size < 3000  # compressed


@pytest.mark.parametrize("actor", ["viewer", "owner"])
def test_no_page_shows_what_an_answer_says(actor, kept, staff_cast, laundry, sign_in):
    client = sign_in(getattr(staff_cast, actor), laundry)
    with organization_context(laundry.pk):
        row = AnalyticsCache.objects.get(key="revenue:1")
    for page in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert "anna@example.com" not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["activity:2", "orders:3", "revenue:1"]),
        ({"expired": "yes"}, ["activity:2", "orders:3"]),
        ({"expired": "no"}, ["revenue:1"]),
        ({"expired": "perhaps"}, ["activity:2", "orders:3", "revenue:1"]),
        ({"type__exact": "orders"}, ["orders:3"]),
        ({"type__exact": "orders", "expired": "no"}, []),
        ({"q": "revenue"}, ["revenue:1"]),
        ({"q": "revenue:1"}, ["revenue:1"]),
        ({"q": "evenue"}, []),
        ({"q": "%"}, []),
    ],
)
def test_answers_are_found_by_type_freshness_and_key(query, found, kept, staff_cast, laundry, sign_in):
    assert listed(sign_in(staff_cast.viewer, laundry), **query) == found


@pytest.mark.parametrize("actor", ["viewer", "analyst"])
@pytest.mark.parametrize(("name", "_left"), CLEARING)
def test_only_owners_clear(actor, name, _left, kept, staff_cast, laundry, sign_in):
    client = sign_in(getattr(staff_cast, actor), laundry)
    assert address(name) not in client.get(LIST).content.decode()
    with nothing_changes():
        assert client.get(address(name)).status_code == 403
        assert client.post(address(name), {"_organization": str(laundry.pk)}).status_code == 403


@pytest.mark.parametrize(("name", "left"), CLEARING)
def test_clearing_is_confirmed_first_and_leaves_other_organizations_alone(
    name, left, kept, staff_cast, laundry, clinic, sign_in
):
    client = sign_in(staff_cast.owner, laundry)
    assert address(name) in client.get(LIST).content.decode()
    with nothing_changes():
        assert client.get(address(name)).status_code == 200

    answer = client.post(address(name), {"_organization": str(laundry.pk)})

    assert answer["Location"] == LIST
    assert keys(laundry) == left
    assert keys(clinic) == ["activity:2", "orders:3", "revenue:1"]
    told = "1 answer was deleted." if left else "3 answers were deleted."
    assert told in client.get(LIST).content.decode()


def test_the_confirmation_says_what_goes_and_what_stays(kept, staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.owner, laundry)
    expired = client.get(address("clear_expired")).content.decode()
    assert "1 answer has expired and is not kept any longer" in expired
    assert "1 more has expired and stays" in expired
    assert "Delete 1 answer" in expired
    everything = client.get(address("clear_all")).content.decode()
    assert f"3 answers of {laundry.name} are deleted, 1 of them fresh." in everything
    assert "Delete 3 answers" in everything


def test_where_there_is_nothing_to_clear_there_is_no_button(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.owner, laundry)
    for name in ("clear_expired", "clear_all"):
        page = client.get(address(name)).content.decode()
        assert "There is nothing to delete." in page
        assert "Delete 0" not in page


@pytest.mark.parametrize("sent", ["other", None])
@pytest.mark.parametrize(("name", "_left"), CLEARING)
def test_a_page_opened_for_another_organization_clears_nothing(
    name, _left, sent, kept, staff_cast, laundry, clinic, sign_in
):
    client = sign_in(staff_cast.owner, laundry)
    with nothing_changes():
        client.post(address(name), {"_organization": str(clinic.pk)} if sent else {})
    assert "Nothing was deleted" in client.get(LIST).content.decode()


def test_what_was_cleared_is_computed_anew(staff_cast, laundry, sign_in):
    cache.clear()
    asked = Asked(organization=laundry, endpoint="revenue", type=CacheType.REVENUE, parameters={})
    answered(asked, lambda scope: {"value": 1})
    assert answered(asked, lambda scope: {"value": 2}).source == From.CACHE
    sign_in(staff_cast.owner, laundry).post(address("clear_all"), {"_organization": str(laundry.pk)})
    assert answered(asked, lambda scope: {"value": 3}).source == From.LIVE
    counts.forget_counts()


@pytest.fixture
def counted(laundry, clinic) -> None:
    with organization_context(laundry.pk):
        for days, endpoint, numbers in (
            (0, "revenue", (3, 1, 0)),
            (1, "revenue", (0, 0, 0)),
            (1, "orders", (1, 1, 1)),
            (100, "retired", (1, 0, 0)),
        ):
            AnswerCount.objects.create(
                organization=laundry,
                endpoint=endpoint,
                date=NOON.date() - days * DAY,
                **dict(zip(("hits", "misses", "fallbacks"), numbers, strict=True)),
            )
    with organization_context(clinic.pk):
        AnswerCount.objects.create(organization=clinic, endpoint="theirs", date=NOON.date(), hits=1)


def test_hit_rates_are_told_by_day_and_endpoint_the_newest_first(counted, staff_cast, laundry, sign_in):
    page = sign_in(staff_cast.viewer, laundry).get(COUNTS)
    rows = page.context["cl"].result_list
    admin = page.context["cl"].model_admin
    assert [(row.endpoint, admin.shown_hit_rate(row)) for row in rows] == [
        ("revenue", "75.0%"),
        ("orders", "33.3%"),
        ("revenue", "–"),
        ("retired", "100.0%"),
    ]
    assert "theirs" not in page.content.decode()


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ("orders", ["orders"]),
        ("revenue", ["revenue", "revenue"]),
        ("theirs", ["revenue", "orders", "revenue", "retired"]),
        ("a\x00b", ["revenue", "orders", "revenue", "retired"]),
    ],
)
def test_counts_are_filtered_by_an_endpoint_of_the_last_90_days(chosen, found, counted, staff_cast, laundry, sign_in):
    page = sign_in(staff_cast.viewer, laundry).get(COUNTS, {"endpoint": chosen})
    assert [row.endpoint for row in page.context["cl"].result_list] == found
