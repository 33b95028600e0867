"""Plans over some tens of thousands of rows: one organization's questions are answered from the intended index."""

import datetime
import hashlib
import json
import uuid

import pytest
from django.db.models import Q

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor
from apps.engagement.models import Interaction
from apps.marketplace.models import Customer, Order, OrderLine, Payment, Product, Refund, Review
from tests import builders
from tests.builders import NOON

ORDERS = 50_000
ORGANIZATIONS = 20
KEY = "md5('{kind}' || ({n}))::uuid"


def key(kind: str, n: int) -> uuid.UUID:
    return uuid.UUID(hashlib.md5(f"{kind}{n}".encode(), usedforsecurity=False).hexdigest())


@pytest.fixture
def history(transactional_db):
    """Twenty organizations' orders over two years; row n belongs to organization n % 20."""
    made = [builders.make_organization(f"plan-{n}") for n in range(ORGANIZATIONS)]
    tables = ["marketplace_customer", "marketplace_partner", "marketplace_product", "marketplace_order",
              "marketplace_orderline", "marketplace_payment", "marketplace_refund", "marketplace_review",
              "engagement_interaction"]  # fmt: skip
    try:
        fill([organization.pk for organization in made])
        with tenant_cursor() as cursor:
            for table in tables:
                cursor.execute(f"ANALYZE {table}")
        yield made[7]
    finally:
        with tenant_cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
            for table in tables:
                cursor.execute(f"ANALYZE {table}")
        Organization.objects.filter(pk__in=[organization.pk for organization in made]).delete()


def fill(organizations: list[uuid.UUID]) -> None:
    owner = "(%(organizations)s::uuid[])[n %% 20 + 1]"
    at = "timestamptz '2024-03-10 12:00Z' + n * interval '17 minutes'"
    customer, partner, product = (KEY.format(kind=kind, n="n %% 2000") for kind in ("customer", "partner", "product"))
    order = KEY.format(kind="order", n="n")
    parents = {
        "customer": {
            "name": "'Customer ' || n", "email": "n || '@example.com'", "phone": "''", "city": "''", "region": "''",
            "business_type": "''", "acquisition_channel": "''",
        },
        "partner": {"name": "'Partner ' || n", "code": "''", "status": "'active'", "city": "''", "region": "''"},
        "product": {"name": "'Product ' || n", "sku": "'sku-' || n", "kind": "'good'"},
    }  # fmt: skip
    facts = {
        "order": {
            "external_id": "'x' || n", "number": "'N' || n", "customer_id": customer, "partner_id": partner,
            "basket_reference": "CASE WHEN n %% 50 = 7 THEN 'basket-' || n ELSE '' END", "channel": "'web'",
            "status": "CASE WHEN n %% 500 = 7 THEN 'ready' ELSE 'accepted' END", "source_status": "''", "placed_at": at,
            "scheduled_for": f"CASE WHEN n %% 10 = 7 THEN {at} END", "subtotal": "10", "discount": "0", "tax": "0",
            "delivery_fee": "0", "tip": "0", "total": "10",
        },
        "orderline": {
            "order_id": order, "product_id": product, "description": "''", "quantity": "1", "unit_price": "10",
            "total": "10",
        },
        "payment": {
            "order_id": order, "method": "'card'", "source_method": "''", "status": "'captured'", "amount": "10",
            "paid_at": at,
        },
        "refund": {"order_id": order, "amount": "1", "reason": "''", "refunded_at": at},
        "review": {"order_id": order, "rating": "4", "comment": "''", "reviewed_at": at},
        "interaction": {
            "customer_id": customer, "type": "'call'", "status": "'completed'", "occurred_at": at, "subject": "''",
            "automated": "false",
        },
    }  # fmt: skip
    counts = {**dict.fromkeys(parents, 2000), **dict.fromkeys(facts, 15_000), "order": ORDERS, "orderline": ORDERS}
    with in_transaction(), tenant_cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the rows are right: skip checking references
        for kind, values in (parents | facts).items():
            table = "engagement_interaction" if kind == "interaction" else f"marketplace_{kind}"
            every = {
                "id": KEY.format(kind=kind, n="n"), "organization_id": owner, "created_at": "now()",
                "updated_at": "now()", **values,
            }  # fmt: skip
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(every)}) SELECT {', '.join(every.values())} "
                f"FROM generate_series(0, {counts[kind] - 1}) n",
                {"organizations": organizations},
            )


DAY = NOON.replace(year=2025)
WEEK = (DAY, DAY + datetime.timedelta(days=7))
SEASON = (DAY, DAY + datetime.timedelta(days=90))
EARLY = (NOON.replace(year=2024), NOON.replace(year=2024) + datetime.timedelta(days=7))
CUSTOMER = key("customer", 7)
ORDER = key("order", 7)


def after(*, instant: str) -> Q:
    """The next page of a list that runs from new to old."""
    return Q(**{f"{instant}__lt": WEEK[1]}) | Q(**{instant: WEEK[1], "id__lt": ORDER})


# question: (how it is asked, the index that answers it, whether the index gives the order too)
QUESTIONS = {
    "orders of a window": (lambda: Order.objects.placed_within(*WEEK), "order_placed_at", False),
    "first page of orders": (lambda: Order.objects.all()[:51], "order_placed_at", True),
    "next page of orders": (
        lambda: Order.objects.filter(after(instant="placed_at"), placed_at__lte=WEEK[1])[:51],
        "order_placed_at",
        True,
    ),
    "a customer's history": (
        lambda: Order.objects.filter(customer=CUSTOMER).order_by("-placed_at")[:20],
        "order_customer",
        False,
    ),
    "a customer's first order": (
        lambda: Order.objects.filter(customer=CUSTOMER).order_by("placed_at")[:1],
        "order_customer",
        True,
    ),
    "a partner's window": (
        lambda: Order.objects.filter(partner=key("partner", 7)).placed_within(*SEASON).order_by("placed_at"),
        "order_partner",
        False,
    ),
    "first page of orders in a status": (lambda: Order.objects.filter(status="ready")[:51], "order_status", False),
    "an order by number": (lambda: Order.objects.filter(number="N7").order_by(), "order_number", False),
    "an order by external id": (lambda: Order.objects.filter(external_id="x7").order_by(), "order_external_id", False),
    "orders of a basket": (
        lambda: Order.objects.filter(basket_reference="basket-7").order_by(),
        "order_basket",
        False,
    ),
    "orders scheduled for a window": (
        lambda: Order.objects.filter(scheduled_for__gte=WEEK[0], scheduled_for__lt=WEEK[1]).order_by("scheduled_for"),
        "order_scheduled_for",
        False,
    ),
    "lines of an order": (lambda: OrderLine.objects.filter(order=ORDER).order_by(), "order_line_order", False),
    "lines of a product": (
        lambda: OrderLine.objects.filter(product=key("product", 7)).order_by(),
        "order_line_product",
        False,
    ),
    "next page of lines": (lambda: OrderLine.objects.filter(pk__gt=ORDER)[:51], "order_line_key", True),
    "payments of an order": (lambda: Payment.objects.filter(order=ORDER).order_by(), "payment_order", False),
    "next page of payments": (
        lambda: Payment.objects.filter(after(instant="paid_at"), paid_at__lte=WEEK[1]).order_by("-paid_at", "-id")[:51],
        "payment_paid_at",
        True,
    ),
    "refunds of a window": (
        lambda: Refund.objects.filter(refunded_at__gte=EARLY[0], refunded_at__lt=EARLY[1]),
        "refund_refunded_at",
        False,
    ),
    "refunds of an order": (lambda: Refund.objects.filter(order=ORDER).order_by(), "refund_order", False),
    "reviews of a window": (
        lambda: Review.objects.filter(reviewed_at__gte=EARLY[0], reviewed_at__lt=EARLY[1]),
        "review_reviewed_at",
        False,
    ),
    "contacts of a window": (
        lambda: Interaction.objects.filter(occurred_at__gte=EARLY[0], occurred_at__lt=EARLY[1]),
        "interaction_occurred_at",
        False,
    ),
    "a customer's contacts": (
        lambda: Interaction.objects.filter(customer=CUSTOMER).order_by("-occurred_at")[:20],
        "interaction_customer",
        False,
    ),
    "next page of customers": (
        lambda: Customer.objects.filter(name__gte="Customer 5").order_by("name", "id")[:51],
        "customer_name",
        False,
    ),
    "a customer by address": (
        lambda: Customer.objects.filter(email="7@example.com").order_by(),
        "customer_email",
        False,
    ),
    "next page of products": (
        lambda: Product.objects.filter(name__gte="Product 5").order_by("name", "id")[:51],
        "product_name",
        False,
    ),
    "a product by its SKU": (lambda: Product.objects.filter(sku="sku-7").order_by(), "product_sku", False),
}


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def plan_of(queryset):
    return list(nodes(json.loads(queryset.explain(format="json"))[0]["Plan"]))


def objections(queryset, index, ordered):
    """Yield what is wrong with the plan of a question."""
    steps = plan_of(queryset)
    kinds = [step["Node Type"] for step in steps]
    used = {step["Index Name"] for step in steps if "Index Name" in step}
    if "Seq Scan" in kinds:
        yield "it reads a whole table"
    if index not in used:
        yield f"it uses {sorted(used)}"
    if ordered and {"Sort", "Incremental Sort"} & set(kinds):
        yield "it sorts"
    if not queryset.exists():
        yield "it finds nothing, so it proves nothing"


@pytest.mark.django_db(transaction=True)
def test_questions_are_answered_from_their_indexes(history):
    """One test for all questions: the rows are built once, whatever worker runs it."""
    with organization_context(history.pk):
        wrong = {
            question: found
            for question, (ask, index, ordered) in QUESTIONS.items()
            if (found := list(objections(ask(), index, ordered)))
        }
        a_days_lines = OrderLine.objects.filter(
            order__placed_at__gte=DAY, order__placed_at__lt=DAY + datetime.timedelta(days=1)
        ).order_by()
        joined = {step["Index Name"] for step in plan_of(a_days_lines) if "Index Name" in step}
        unserved = list(objections(Order.objects.filter(customer=CUSTOMER).order_by(), "no such index", ordered=False))
    assert wrong == {}
    assert joined == {"order_placed_at", "order_line_order"}
    assert unserved == ["it uses ['order_customer']"]  # the test can fail
