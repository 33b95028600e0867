"""Loading: repeatable, whole or not at all, and never somebody else's."""

import datetime
import hashlib
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts.models import Membership, Organization, User
from apps.core.context import across_all_organizations
from apps.core.models import JobRun
from apps.demo.businesses.base import Stage
from apps.demo.businesses.registry import BUSINESSES
from apps.demo.clock import Calendar
from apps.demo.keys import demo_organization_id
from apps.demo.services import DemoRefused, load_business
from apps.demo.truths import LANTERN, SPIN_CITY, TIDEWATER
from apps.marketplace.models import Order, Partner
from tests.builders import make_organization

NOW = datetime.datetime(2026, 11, 20, 10, 37, tzinfo=datetime.UTC)
UNTIL = datetime.date(2026, 11, 18)
TABLES = (
    "marketplace_partner", "marketplace_category", "marketplace_product", "marketplace_customer", "marketplace_order",
    "marketplace_orderline", "marketplace_payment", "marketplace_refund", "marketplace_review",
    "marketplace_orderissue", "marketplace_operatingcost", "engagement_interaction", "engagement_segment",
    "engagement_segmentmember", "hierarchy_entity",
)  # fmt: skip


def load(slug, *, scale=0.03, seed=1, now=NOW, **options):
    return load_business(business=BUSINESSES[slug], scale=scale, seed=seed, now=now, **options)


def rows_of_all_tables():
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY id")
            found[table] = [row for (row,) in cursor.fetchall()]
        return found


def checksum():
    digest = hashlib.sha256()
    for table, rows in rows_of_all_tables().items():
        digest.update("\n".join([table, *rows]).encode())
    return digest.hexdigest()


@pytest.mark.parametrize("slug", BUSINESSES)
@pytest.mark.django_db
def test_the_same_seed_and_last_day_give_the_same_rows(slug):
    load(slug, until=UNTIL)
    first = checksum()
    load(slug, until=UNTIL, now=NOW + datetime.timedelta(hours=3), reset=True)
    assert checksum() == first
    load(slug, until=UNTIL, seed=2, reset=True)
    assert checksum() != first


@pytest.mark.django_db
def test_scale_multiplies_orders_and_customers():
    sizes = {}
    for scale in (0.05, 0.1):
        written = load(SPIN_CITY, scale=scale, until=UNTIL, reset=True).written
        sizes[scale] = (written["marketplace.Order"], written["marketplace.Customer"])
    assert sizes[0.1][0] == pytest.approx(2 * sizes[0.05][0], rel=0.02)
    assert sizes[0.1][1] == 2 * sizes[0.05][1]


def test_a_larger_scale_has_more_partners_and_a_smaller_one_keeps_them():
    def partners(slug, scale):
        profile = BUSINESSES[slug].profile
        calendar = Calendar(profile.clock, first=UNTIL - datetime.timedelta(days=profile.days - 1), last=UNTIL)
        stage = Stage(slug=slug, calendar=calendar, now=int(calendar.openings[-1]), scale=scale, seed=1)
        tables = BUSINESSES[slug].script(stage).before_orders()
        [rows] = [table.columns["id"] for table in tables if table.model is Partner]
        assert len(set(rows)) == len(rows)
        return len(rows)

    assert [partners(slug, 0.1) for slug in BUSINESSES] == [16, 14, 9, 40]
    assert [partners(slug, 3) for slug in BUSINESSES] == [48, 42, 27, 120]


@pytest.mark.django_db
def test_a_second_load_changes_nothing():
    first = load(LANTERN)
    before = checksum()
    second = load(LANTERN, now=NOW + datetime.timedelta(days=3))
    assert (first.loaded, second.loaded) == (True, False)
    assert second.newest == first.newest
    assert checksum() == before


@pytest.mark.django_db
def test_orders_of_today_appear_as_the_day_goes_on_and_the_rest_stays():
    morning = datetime.datetime(2026, 11, 20, 7, tzinfo=datetime.UTC)
    load(SPIN_CITY, scale=0.2, now=morning)
    with across_all_organizations(reason="comparing two loads"):
        first = set(Order.objects.values_list("id", "placed_at", "total"))
        load(SPIN_CITY, scale=0.2, now=morning + datetime.timedelta(hours=12), reset=True)
        second = set(Order.objects.values_list("id", "placed_at", "total"))
    assert first < second
    # What is new was placed since, or arrived late.
    assert len(second - first) < 30


@pytest.mark.parametrize("today", [datetime.date(2027, 1, 4), datetime.date(2028, 2, 29), datetime.date(2026, 4, 6)])
@pytest.mark.django_db
def test_the_clinic_counts_its_patients_on_whatever_day_it_is_loaded(today):
    """Over the closed days around Christmas, on a leap day, and just after the clock went back."""
    now = datetime.datetime.combine(today, datetime.time(3), datetime.UTC)
    load(TIDEWATER, scale=1, now=now)
    with across_all_organizations(reason="counting patients"), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH patients AS (
                SELECT customer_id, max(placed_at) AS last_order,
                       bool_or(scheduled_for > %(now)s AND scheduled_for <= %(now)s + interval '7 days') AS upcoming
                FROM marketplace_order WHERE status NOT IN ('cancelled', 'no_show', 'rejected') GROUP BY 1
            )
            SELECT count(*), count(*) FILTER (WHERE upcoming OR last_order >= %(now)s - interval '30 days'),
                   count(*) FILTER (WHERE upcoming), count(*) FILTER (WHERE last_order >= %(now)s - interval '30 days')
            FROM patients
            """,
            {"now": now},
        )
        assert cursor.fetchall() == [(651, 89, 24, 66)]


@pytest.mark.django_db
def test_an_interrupted_load_leaves_nothing_and_the_next_one_completes_it():
    class Interrupted(BaseException):
        pass

    def interrupt(total):
        def after_the_first_batch(orders):
            raise Interrupted

        return after_the_first_batch

    with pytest.raises(Interrupted):
        load(SPIN_CITY, progress=interrupt)
    assert all(rows == [] for rows in rows_of_all_tables().values())
    assert not Organization.objects.exists()
    assert list(JobRun.objects.values_list("kind", "status")) == [("load_demo", "failed")]
    assert load(SPIN_CITY).loaded


@pytest.mark.django_db
def test_a_load_that_was_killed_is_completed():
    profile = BUSINESSES[SPIN_CITY].profile
    Organization.objects.create(
        pk=demo_organization_id(SPIN_CITY), slug=SPIN_CITY, name=profile.name, timezone=profile.zone, is_active=False
    )
    outcome = load(SPIN_CITY)
    assert outcome.loaded
    assert Organization.objects.get(slug=SPIN_CITY).is_active


@pytest.mark.django_db
def test_an_interrupted_reset_keeps_the_old_rows():
    load(SPIN_CITY)
    before = checksum()

    def fail(total):
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        load(SPIN_CITY, seed=2, reset=True, progress=lambda total: lambda orders: fail(orders))
    assert checksum() == before
    assert Organization.objects.get(slug=SPIN_CITY).is_active


@pytest.mark.django_db
def test_an_organization_of_somebody_else_is_refused_and_stays_as_it_is():
    theirs = make_organization(SPIN_CITY, name="Spin City Cycling")
    with pytest.raises(CommandError, match="was not made by load_demo"):
        call_command("load_demo", reset=True, stdout=io.StringIO())
    assert list(Organization.objects.values_list("pk", "name")) == [(theirs.pk, "Spin City Cycling")]


@pytest.mark.django_db
def test_a_reset_leaves_other_organizations_and_members_alone(cast):
    load(SPIN_CITY)
    load(LANTERN)
    call_command("load_demo", organization=[SPIN_CITY], scale=0.03, stdout=io.StringIO())
    with across_all_organizations(reason="comparing before and after"):
        lantern = list(Order.objects.filter(organization__slug=LANTERN).order_by("pk").values_list("pk", "total"))
        members = list(Membership.objects.order_by("pk").values_list("pk", "role"))
        load(SPIN_CITY, seed=3, reset=True)
        assert (
            list(Order.objects.filter(organization__slug=LANTERN).order_by("pk").values_list("pk", "total")) == lantern
        )
        assert list(Membership.objects.order_by("pk").values_list("pk", "role")) == members


@pytest.mark.django_db
def test_the_last_day_cannot_lie_ahead():
    with pytest.raises(DemoRefused, match="2026-11-21 has not begun for Spin City: there it is 2026-11-20"):
        load(SPIN_CITY, until=datetime.date(2026, 11, 21))
    assert not Organization.objects.exists()
    # In Sydney that day has begun.
    evening = NOW.replace(hour=14)
    assert load(TIDEWATER, now=evening, until=datetime.date(2026, 11, 21)).loaded


@pytest.mark.django_db
def test_the_command_says_what_it_did_and_how_old_the_data_is(settings):
    settings.DEBUG = True
    arguments = {"organization": [SPIN_CITY], "scale": 0.03}
    first, second = io.StringIO(), io.StringIO()
    call_command("load_demo", **arguments, until=UNTIL, users=True, stdout=first)
    assert "Spin City: " in first.getvalue()
    assert "Sign in as admin@demo.example (superuser), password bellwether-demo" in first.getvalue()
    call_command("load_demo", **arguments, users=True, stdout=second)
    assert "days old (load_demo --reset brings it up to date)" in second.getvalue()
    assert "Nothing to do." in second.getvalue()
    assert "they keep their passwords" in second.getvalue()


@pytest.mark.django_db
def test_users_are_created_once_with_their_roles(settings):
    settings.DEBUG = True
    call_command("load_demo", organization=[SPIN_CITY], scale=0.03, users=True, stdout=io.StringIO())
    users = list(User.objects.order_by("email").values_list("email", "is_superuser"))
    assert users == [
        ("admin@demo.example", True),
        ("analyst@demo.example", False),
        ("owner@demo.example", False),
        ("viewer@demo.example", False),
    ]
    with across_all_organizations(reason="reading all memberships"):
        roles = set(Membership.objects.values_list("user__email", "role", "organization__slug"))
    assert roles == {(f"{role}@demo.example", role, SPIN_CITY) for role in ("owner", "analyst", "viewer")}


@pytest.mark.django_db
def test_outside_development_users_need_a_password_from_the_environment(settings, monkeypatch):
    settings.DEBUG = False
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        call_command("load_demo", users=True, stdout=io.StringIO())
    assert not Organization.objects.exists()
    monkeypatch.setenv("DEMO_PASSWORD", "chosen-by-the-operator")
    call_command("load_demo", organization=[SPIN_CITY], scale=0.03, users=True, stdout=io.StringIO())
    assert User.objects.get(email="owner@demo.example").check_password("chosen-by-the-operator")


@pytest.mark.parametrize("arguments", [["--scale", "0"], ["--scale", "-1"], ["--scale", "many"], ["--until", "soon"]])
def test_bad_arguments_are_named(arguments):
    with pytest.raises(CommandError, match=arguments[0]):
        call_command("load_demo", *arguments)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--scale", "0"], "'0' is not a number above 0 and up to 1,000."),
        (["--scale", "many"], "'many' is not a number above 0 and up to 1,000."),
        (["--until", "tomorrow"], "'tomorrow' is not a date, such as 2026-06-30."),
    ],
)
def test_an_option_that_cannot_be_read_says_what_would_do(option, said):
    with pytest.raises(CommandError) as caught:
        call_command("load_demo", *option)
    assert str(caught.value).endswith(said)
