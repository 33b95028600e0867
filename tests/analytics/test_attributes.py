"""What answers read besides rollups moves the data version at once, and nothing waits for it."""

import datetime
import threading

import pytest

from apps.accounts.models import Organization, Role
from apps.analytics.changelog import pending_marks
from apps.analytics.refresh import refresh_organization
from apps.analytics.selectors import organizations_due, read_freshness
from apps.analytics.upkeep import Stage, read_platform, read_stage, read_waiting
from apps.backoffice.attention import read_attention
from apps.core.context import organization_context
from apps.core.database import in_snapshot
from apps.hierarchy.models import Entity
from apps.marketplace.models import Category, Customer, Partner, Product
from tests.analytics.answers.asking import running
from tests.analytics.records import refresh, state
from tests.analytics.sessions import ask, run
from tests.api.clients import client_of
from tests.builders import (
    make_category,
    make_customer,
    make_entity,
    make_line,
    make_member,
    make_order,
    make_partner,
    make_product,
)

PERIOD = "start_date=2026-03-10&end_date=2026-03-10"


@pytest.fixture
def shop(laundry):
    """One row of everything that answers show beside their figures, in rollups that are fresh."""
    partners = [make_partner(laundry, name="Suds", city="Bonn") for _ in range(2)]
    category = make_category(laundry, name="Shirts")
    product = make_product(laundry, name="Shirt", category=category, stock_quantity=7, cost=2)
    customer = make_customer(laundry, name="Ada", city="Bonn", entity=make_entity(laundry, name="Group"))
    make_line(make_order(laundry, partner=partners[0], customer=customer), product=product)
    refresh(laundry)
    return laundry


def set_all(model, organization, **fields):
    with organization_context(organization.pk):
        model.objects.update(**fields)


def close_one(organization):
    with organization_context(organization.pk):
        Partner.objects.filter(pk=Partner.objects.order_by("pk").first().pk).update(status="closed")


CHANGES = {
    "close a partner": close_one,
    "stock": lambda shop: set_all(Product, shop, stock_quantity=5),
    "city": lambda shop: set_all(Customer, shop, city="Aachen"),
    "rename a category": lambda shop: set_all(Category, shop, name="Blouses"),
    "rename an account": lambda shop: set_all(Entity, shop, name="Holding"),
    "rename the organization": lambda shop: Organization.objects.filter(pk=shop.pk).update(name="Renamed"),
    "begin the week on Sunday": lambda shop: Organization.objects.filter(pk=shop.pk).update(week_starts_on=7),
    "a new partner": make_partner,
    "a new product": make_product,
    "by SQL": lambda shop: run("UPDATE marketplace_partner SET region = 'North' WHERE organization_id = %s", shop.pk),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_moves_the_version_by_one_and_nothing_waits_for_it(shop, wholesaler, change):
    before, theirs = read_freshness(shop.pk), read_freshness(wholesaler.pk)
    change(shop)
    after = read_freshness(shop.pk)
    assert (after.data_version, read_freshness(wholesaler.pk)) == (before.data_version + 1, theirs)
    assert (after.pending, after.pending_since, after.refreshed_through) == (0, None, before.refreshed_through)
    assert (pending_marks(shop.pk).marks, bool(read_waiting(shop.pk)), read_stage(shop.pk)) == (0, False, Stage.READY)
    assert read_attention(shop.pk).days == 0
    assert next(row for row in read_platform() if row.id == shop.pk).since is None


UNCHANGED_UPSERT = (
    "INSERT INTO marketplace_product SELECT * FROM marketplace_product WHERE organization_id = %s"
    " ON CONFLICT (id) DO UPDATE SET name = excluded.name, updated_at = now()"
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE marketplace_partner SET updated_at = now(), city = city WHERE organization_id = %s",
        "UPDATE marketplace_customer SET updated_at = now() WHERE organization_id = %s",
        "UPDATE accounts_organization SET name = name WHERE id = %s",
        "DELETE FROM marketplace_partner WHERE organization_id = %s AND false",
        UNCHANGED_UPSERT,
    ],
)
def test_a_statement_that_changes_nothing_moves_nothing(shop, statement):
    before = read_freshness(shop.pk).data_version
    run(statement, shop.pk)
    assert read_freshness(shop.pk).data_version == before


@pytest.mark.parametrize("table", ["marketplace_partner", "marketplace_product", "marketplace_customer"])
def test_deleting_and_emptying_move_it_too(laundry, table):
    make_partner(laundry), make_product(laundry), make_customer(laundry)
    before = read_freshness(laundry.pk).data_version
    run(f"DELETE FROM {table} WHERE organization_id = %s", laundry.pk)
    assert read_freshness(laundry.pk).data_version == before + 1
    run("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks that wait for the commit cannot be emptied
    run(f"TRUNCATE {table} CASCADE")
    assert read_freshness(laundry.pk).data_version > before + 1


def test_a_refresh_counts_the_marks_in_and_the_version_stays(shop):
    for _ in range(3):
        make_partner(shop)
    version, stored = read_freshness(shop.pk).data_version, state(shop).data_version
    assert shop.pk in organizations_due(datetime.datetime.now(datetime.UTC))
    refresh(shop)
    assert (read_freshness(shop.pk).data_version, state(shop).data_version) == (version, stored + 3)
    assert ask("SELECT count(*) FROM analytics_changelog WHERE organization_id = %s", shop.pk) == 0
    make_partner(shop)
    make_order(shop)
    refresh(shop)
    assert (read_freshness(shop.pk).data_version, state(shop).data_version) == (version + 2, version + 2)


VISIBLE = {
    "close a partner": (
        CHANGES["close a partner"], "dashboard", lambda body: body["partners"]["active_partners"]["value"], 1,
    ),
    "stock": (CHANGES["stock"], "products/analytics", lambda body: body["stock"]["stock_quantity"]["value"], 5),
    "city": (CHANGES["city"], "customers/insights", lambda body: body["by_city"]["rows"][0]["city"], "Aachen"),
    "category": (
        CHANGES["rename a category"], "revenue",
        lambda body: body["by_category"]["rows"][0]["category_label"], "Blouses",
    ),
    "account": (
        CHANGES["rename an account"], "query?metrics=total_revenue&dimensions=entity",
        lambda body: body["table"]["rows"][0]["entity_label"], "Holding",
    ),
    "organization": (
        CHANGES["rename the organization"], "sales/trends", lambda body: body["organization"]["name"], "Renamed",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "address", "read", "value"), VISIBLE.values(), ids=VISIBLE)
def test_the_very_next_answer_shows_it(shop, change, address, read, value):
    client = client_of(make_member(shop, role=Role.ANALYST))
    url = f"/api/analytics/{address}{'&' if '?' in address else '?'}{PERIOD}"
    first = client.get(url)
    assert read(first.json()) != value
    known = {"HTTP_IF_NONE_MATCH": first["ETag"]}
    assert client.get(url, **known).status_code == 304
    change(shop)
    answer = client.get(url, **known)
    assert (answer.status_code, read(answer.json())) == (200, value)
    assert answer.json()["freshness"]["source"] == "live"


def test_the_very_next_explanation_shows_it(shop):
    client = client_of(make_member(shop, role=Role.ANALYST))
    url = f"/api/analytics/metrics/active_partners/explain?{PERIOD}"
    assert client.get(url).json()["value"] == 2
    close_one(shop)
    explained = client.get(url).json()
    assert (explained["value"], len(explained["facts"])) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_no_version_names_two_contents_while_attributes_change_and_a_refresher_runs(shop):
    enough, contents, lock = threading.Event(), {}, threading.Lock()

    def write():
        with organization_context(shop.pk):
            Partner.objects.filter(name="Suds").update(region=f"{threading.get_ident()} {len(contents)}")

    def trade():
        make_order(shop)

    def read():
        with in_snapshot() as cursor:
            version = read_freshness(shop.pk).data_version
            cursor.execute(
                "SELECT (SELECT string_agg(region, ',' ORDER BY id) FROM marketplace_partner),"
                " (SELECT sum(order_count) FROM daily_revenue_summaries)"
            )
            content = cursor.fetchone()
        with lock:
            contents.setdefault(version, set()).add(content)
            if len(contents) > 60:
                enough.set()

    works = [write, write, trade, lambda: refresh_organization(shop.pk, wait=True), read, read]
    with running(*((work, 0.002) for work in works)):
        enough.wait(60)
    assert enough.is_set(), "too little at the same time to prove anything"
    assert {version: found for version, found in contents.items() if len(found) > 1} == {}
