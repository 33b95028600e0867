"""Default managers, relations and joins: one organization's rows whatever the way to them."""

import datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.db.models import Count, Exists, FilteredRelation, OuterRef, Prefetch, Q, Subquery, Sum
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.core.composing import Unseen
from apps.core.context import (
    OrganizationContextMissing,
    OrganizationMismatch,
    across_all_organizations,
    organization_context,
)
from apps.core.database import in_transaction
from apps.core.managers import TenantManager
from apps.core.models import TenantModel
from apps.marketplace.models import Category, Customer, Order, OrderLine, Partner, Product
from tests import builders

pytestmark = pytest.mark.django_db

TENANT_MODELS = [model for model in apps.get_models() if issubclass(model, TenantModel)]


def in_each(model):
    return pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda m: m._meta.label)(model)


@in_each
def test_every_manager_of_every_tenant_model_fails_without_a_context(model):
    for manager in model._meta.managers:
        assert isinstance(manager, TenantManager)
        for read in (manager.all, manager.count, manager.first, manager.none, manager.values, manager.exists):
            with pytest.raises(OrganizationContextMissing):
                read()


@in_each
def test_every_manager_of_every_tenant_model_filters_by_the_organization(model, laundry):
    for manager in model._meta.managers:
        with organization_context(laundry.pk):
            sql, parameters = manager.all().query.sql_with_params()
        assert f'"{model._meta.db_table}"."organization_id" = %s' in sql
        assert parameters == (Unseen(laundry.pk),)
        with across_all_organizations(reason="test"):
            assert "WHERE" not in str(manager.all().query)
            assert manager.for_organization(laundry.pk).query.sql_with_params()[1] == (laundry.pk,)


def test_reads_of_every_kind_stay_in_the_organization(world, laundry):
    ours, theirs = world["laundry"], world["clinic"]
    with organization_context(laundry.pk):
        assert set(Order.objects.all()) == {ours["kept"], ours["lost"], ours["other"]}
        assert Order.objects.count() == 3
        assert Order.objects.aggregate(total=Sum("total"), n=Count("pk")) == {"total": Decimal(27), "n": 3}
        assert list(Order.objects.values_list("number", flat=True).order_by("number")) == ["1", "2", "3"]
        assert list(Order.objects.values("status").annotate(n=Count("pk")).order_by("status")) == [
            {"status": "accepted", "n": 2},
            {"status": "cancelled", "n": 1},
        ]
        assert Order.objects.in_bulk([ours["kept"].pk, theirs["kept"].pk]) == {ours["kept"].pk: ours["kept"]}
        assert Order.objects.get(external_id="kept") == ours["kept"]
        assert not Order.objects.filter(pk=theirs["kept"].pk).exists()
        assert not Order.objects.filter(customer=theirs["first"]).exists()
        assert not Order.objects.filter(customer__pk=theirs["first"].pk).exists()
        with pytest.raises(Order.DoesNotExist):
            Order.objects.get(pk=theirs["kept"].pk)
        union = Order.objects.filter(number="1").union(Order.objects.filter(number="2"))
        assert set(union) == {ours["kept"], ours["lost"]}
        assert set(Order.objects.dates("placed_at", "day")) == {datetime.date(2026, 3, 10)}
        assert {row.pk for row in Order.objects.iterator()} == {ours["kept"].pk, ours["lost"].pk, ours["other"].pk}
        with in_transaction():
            assert Order.objects.select_for_update().get(number="1") == ours["kept"]


def test_named_filters_stay_in_the_organization(world, laundry):
    start = builders.NOON
    with organization_context(laundry.pk):
        assert set(Order.objects.counted()) == {world["laundry"]["kept"], world["laundry"]["other"]}
        assert Order.objects.placed_within(start, start + datetime.timedelta(microseconds=1)).count() == 3
        assert Order.objects.placed_within(start - datetime.timedelta(days=1), start).count() == 0


def test_relations_stay_in_the_organization(world, laundry, clinic):
    ours, theirs = world["laundry"], world["clinic"]
    with organization_context(laundry.pk):
        assert set(ours["first"].orders.all()) == {ours["kept"], ours["lost"]}
        assert ours["kept"].customer == ours["first"]
        assert Order.objects.get(number="1").customer == ours["first"]
        assert Order.objects.select_related("customer", "partner").get(number="1").partner == ours["partner"]
        assert set(theirs["first"].orders.all()) == set()
        assert theirs["first"].orders.count() == 0
    with pytest.raises(OrganizationContextMissing):
        ours["first"].orders.all()
    with across_all_organizations(reason="test"):
        assert set(theirs["first"].orders.all()) == {theirs["kept"], theirs["lost"]}


def test_prefetched_relations_stay_in_the_organization(world, laundry):
    ours = world["laundry"]
    with (
        organization_context(laundry.pk),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        customers = {
            customer: {order: set(order.lines.all()) for order in customer.orders.all()}
            for customer in Customer.objects.prefetch_related("orders__lines", Prefetch("orders__partner"))
        }
    assert customers == {
        ours["first"]: {ours["kept"]: set(ours["lines"][:2]), ours["lost"]: {ours["lines"][2]}},
        ours["second"]: {ours["other"]: set()},
    }
    assert len(queries) == 4
    for query in queries.captured_queries[:3]:
        assert str(laundry.pk) in query["sql"]


def test_a_forward_relation_is_fetched_within_the_organization_of_its_row(world, laundry):
    order = world["clinic"]["kept"]
    order = Order._base_manager.get(pk=order.pk)
    with CaptureQueriesContext(connection) as queries:
        assert order.customer == world["clinic"]["first"]
    assert str(order.organization_id) in queries.captured_queries[0]["sql"]


def test_subqueries_and_exists_stay_in_the_organization(world, laundry):
    ours = world["laundry"]
    with organization_context(laundry.pk):
        cancelled = Order.objects.filter(customer=OuterRef("pk"), status="cancelled")
        newest = Order.objects.filter(customer=OuterRef("pk")).order_by("-number").values("number")[:1]
        assert set(Customer.objects.filter(Exists(cancelled))) == {ours["first"]}
        assert set(Customer.objects.filter(~Exists(cancelled))) == {ours["second"]}
        assert set(Customer.objects.annotate(newest=Subquery(newest)).values_list("name", "newest")) == {
            ("First", "2"),
            ("Second", "3"),
        }
        assert set(Customer.objects.filter(pk__in=Order.objects.values("customer"))) == {ours["first"], ours["second"]}
        # An inner query that was made platform-wide by mistake still meets only the outer rows of the organization.
        with across_all_organizations(reason="test"):
            everywhere = Order.objects.filter(customer=OuterRef("pk"))
        assert set(Customer.objects.filter(Exists(everywhere))) == {ours["first"], ours["second"]}


def test_joins_carry_the_organization(laundry):
    with organization_context(laundry.pk):
        forward = str(Order.objects.filter(customer__name="First").query)
        backward = str(Customer.objects.filter(orders__status="x").query)
        outer = str(Order.objects.select_related("partner").query)
        far = str(OrderLine.objects.filter(order__customer__name="First").query)
    assert '"marketplace_customer"."organization_id" = ("marketplace_order"."organization_id")' in forward
    assert '"marketplace_customer"."organization_id" = ("marketplace_order"."organization_id")' in backward
    assert "LEFT OUTER JOIN" in outer
    assert '"marketplace_partner"."organization_id" = ("marketplace_order"."organization_id")' in outer
    assert far.count("organization_id") - far.split(" FROM ")[0].count("organization_id") == 5  # 2 joins and the scope


def test_counts_over_filtered_relations_stay_in_the_organization(world, laundry):
    with organization_context(laundry.pk):
        counted = Customer.objects.annotate(
            accepted=FilteredRelation("orders", condition=Q(orders__status="accepted")),
            n=Count("accepted"),
        )
        lost = Customer.objects.annotate(n=Count("orders", filter=Q(orders__status="cancelled")))
        assert set(counted.values_list("name", "n")) == {("First", 1), ("Second", 1)}
        assert set(lost.values_list("name", "n")) == {("First", 1), ("Second", 0)}
        assert 'ON ("marketplace_customer"."id" = accepted."customer_id" AND' in str(counted.query)
        assert '"marketplace_customer"."organization_id" = (accepted."organization_id")' in str(counted.query)


def test_rows_of_another_organization_are_not_hung_under_ours(world, laundry):
    ours, theirs = world["laundry"]["first"], world["clinic"]["kept"]
    with organization_context(laundry.pk):
        for hang in (
            lambda: ours.orders.add(theirs),
            lambda: ours.orders.set([theirs]),
            lambda: Order.objects.filter(number="1").update(customer=world["clinic"]["first"]),
            lambda: Order.objects.create(
                organization=laundry, customer=world["clinic"]["first"], number="9", placed_at=builders.NOON
            ),
        ):
            with pytest.raises(IntegrityError, match="order_customer_ref"), in_transaction():
                hang()
    assert Order._base_manager.get(pk=theirs.pk).customer_id == world["clinic"]["first"].pk


def test_deleting_a_user_reaches_all_its_organizations_whatever_the_context(organizations, laundry):
    user = builders.make_user()
    customers = [builders.make_customer(organization, user=user) for organization in organizations]
    for organization in organizations:
        builders.make_member(organization, user=user)
    with organization_context(laundry.pk):
        user.delete()
    with across_all_organizations(reason="test"):
        assert Membership.objects.count() == 0
        assert set(Customer.objects.values_list("pk", "user")) == {(customer.pk, None) for customer in customers}


def test_update_and_delete_of_querysets_stay_in_the_organization(world, laundry):
    with organization_context(laundry.pk):
        assert Order.objects.filter(number="1").update(source_status="seen") == 1
        assert Order.objects.filter(customer__name="First").update(source_status="twice") == 2
        with CaptureQueriesContext(connection) as queries:
            assert OrderLine.objects.all().delete() == (3, {"marketplace.OrderLine": 3})
    assert all(str(laundry.pk) in query["sql"] for query in queries.captured_queries if "DELETE" in query["sql"])
    with across_all_organizations(reason="test"):
        assert set(Order.objects.values_list("organization__slug", "number", "source_status")) == {
            ("laundry", "1", "twice"), ("laundry", "2", "twice"), ("laundry", "3", ""),
            ("clinic", "1", ""), ("clinic", "2", ""), ("clinic", "3", ""),
            ("wholesaler", "1", ""), ("wholesaler", "2", ""), ("wholesaler", "3", ""),
        }  # fmt: skip
        assert OrderLine.objects.count() == 6


def test_bulk_update_stays_in_the_organization(world, laundry):
    ours, theirs = world["laundry"]["kept"], world["clinic"]["kept"]
    ours.number = theirs.number = "changed"
    with organization_context(laundry.pk):
        assert Order.objects.bulk_update([ours, theirs], ["number"]) == 1
    assert Order._base_manager.get(pk=theirs.pk).number == "1"
    assert Order._base_manager.get(pk=ours.pk).number == "changed"


def test_an_update_of_one_row_filters_the_organization(world):
    order = world["laundry"]["kept"]
    with CaptureQueriesContext(connection) as queries:
        order.save()
        order.save(update_fields=["number"])
    updates = [query["sql"] for query in queries.captured_queries if query["sql"].startswith("UPDATE")]
    assert len(updates) == 2
    for sql in updates:
        assert f"\"organization_id\" = '{order.organization_id}'" in sql.split("WHERE")[1]


def test_rows_are_written_only_for_the_organization_of_the_context(world, laundry, clinic):
    stray = Partner(organization=clinic, name="Stray")
    with organization_context(laundry.pk):
        for write in (
            stray.save,
            lambda: Partner.objects.create(organization=clinic, name="Stray"),
            lambda: Partner.objects.bulk_create([Partner(organization=laundry, name="Stray"), stray]),
            lambda: Partner.objects.get_or_create(organization=clinic, name="Stray"),
            lambda: Partner.objects.update_or_create(organization=clinic, name="Same name"),
            world["clinic"]["partner"].save,
            lambda: world["clinic"]["first"].orders.create(organization=clinic, number="9", placed_at=builders.NOON),
        ):
            with pytest.raises(OrganizationMismatch), in_transaction():
                write()
    with across_all_organizations(reason="test"):
        assert Partner.objects.count() == 3
        stray.save()
        assert Partner.objects.count() == 4


def test_a_row_without_an_organization_is_refused_by_the_database(laundry):
    with organization_context(laundry.pk), pytest.raises(IntegrityError, match="organization_id"), in_transaction():
        Partner.objects.create(name="Nobody's")


def test_get_or_create_finds_only_the_organizations_own(organizations):
    for organization in organizations:
        with organization_context(organization.pk):
            made = Category.objects.get_or_create(organization=organization, name="Shirts")
            again = Category.objects.get_or_create(organization=organization, name="Shirts")
            assert (made[1], again[1], made[0]) == (True, False, again[0])
    with across_all_organizations(reason="test"):
        assert Category.objects.filter(name="Shirts").count() == 3


def test_bulk_create_with_conflicts_leaves_other_organizations_alone(organizations):
    for price, organization in enumerate(organizations, start=1):
        with organization_context(organization.pk):
            for name in ("old", "new"):
                Product.objects.bulk_create(
                    [Product(organization=organization, external_id="same", name=name, price=price)],
                    update_conflicts=True,
                    unique_fields=["organization", "external_id"],
                    update_fields=["name", "price"],
                )
    with across_all_organizations(reason="test"):
        assert set(Product.objects.values_list("organization__slug", "name", "price")) == {
            ("laundry", "new", 1),
            ("wholesaler", "new", 2),
            ("clinic", "new", 3),
        }


def test_refreshing_a_row_finds_it_by_its_organization(world):
    order = world["clinic"]["kept"]
    with CaptureQueriesContext(connection) as queries:
        order.refresh_from_db()
        order.refresh_from_db(fields=["number"])
    assert all(str(order.organization_id) in query["sql"].split("WHERE")[1] for query in queries.captured_queries)
    deferred = Order._base_manager.only("number").get(pk=order.pk)
    assert deferred.organization_id == order.organization_id


def test_memberships_are_reached_from_a_user_only_through_the_context(cast, laundry, clinic):
    with organization_context(laundry.pk):
        assert cast.stranger.memberships.count() == 0
        assert cast.owner.memberships.get().role == "owner"
    with across_all_organizations(reason="test"):
        assert Membership.objects.filter(user=cast.stranger).get().organization == clinic
