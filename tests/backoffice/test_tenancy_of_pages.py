"""Nothing of one organization is seen, chosen, searched, changed or deleted from another one's pages."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from apps.core.context import organization_context
from apps.marketplace.models import Order, OrderLine
from tests.backoffice.rows import make_rows, nothing_changes
from tests.backoffice.test_admin_matrix import MODELS
from tests.builders import NOON, make_customer, make_order, make_product

pytestmark = pytest.mark.django_db
CANARY = "canary-of-the-clinic"
TENANT_MODELS = [
    label for label in MODELS if not label.startswith(("django_celery_beat", "accounts.user", "accounts.organization"))
]


@pytest.fixture
def rows(staff_cast, clinic):
    return make_rows(clinic, staff_cast.stranger, mark=CANARY)


@pytest.fixture
def own(staff_cast, laundry):
    return make_rows(laundry, staff_cast.owner, mark="of the laundry")


def pages_of(own) -> Iterator[str]:
    for label in TENANT_MODELS:
        name = f"admin:{label.replace('.', '_')}"
        yield reverse(f"{name}_changelist")
        yield f"{reverse(f'{name}_changelist')}?q={CANARY}"
        yield reverse(f"{name}_change", args=[own[label].pk])
        yield reverse(f"{name}_history", args=[own[label].pk])
    yield from ("/admin/", "/admin/search/?s=canary", "/admin/organization/", "/admin/marketplace/")


def test_no_page_shows_a_text_of_another_organization(rows, own, staff_cast, laundry, clinic, sign_in):
    type(clinic).objects.filter(pk=clinic.pk).update(name=CANARY)
    client = sign_in(staff_cast.owner, laundry)
    for page in pages_of(own):
        shown = client.get(page).content.decode()
        for echo in (f'value="{CANARY}"', f"q={CANARY}", f"q%3D{CANARY}"):  # what was searched for is repeated
            shown = shown.replace(echo, "")
        assert CANARY not in shown, page


def test_the_canaries_are_seen_where_they_belong(rows, staff_cast, clinic, sign_in):
    client = sign_in(staff_cast.stranger, clinic)
    shown = [
        client.get(reverse(f"admin:{label.replace('.', '_')}_changelist")).content.decode()
        for label in (
            "marketplace.order",
            "marketplace.partner",
            "engagement.interaction",
            "hierarchy.entity",
            "core.jobrun",
            "imports.importrun",
        )
    ]
    assert all(CANARY in page for page in shown)


AUTOCOMPLETES = [
    ("marketplace", "order", "customer"),
    ("marketplace", "order", "partner"),
    ("marketplace", "orderline", "product"),
    ("marketplace", "payment", "order"),
    ("marketplace", "customer", "entity"),
    ("marketplace", "product", "category"),
    ("engagement", "segmentmember", "segment"),
    ("hierarchy", "entity", "parent"),
]


@pytest.mark.parametrize(("app", "model", "field"), AUTOCOMPLETES)
def test_choices_are_rows_of_the_current_organization(app, model, field, rows, own, staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.owner, laundry)
    query = {"app_label": app, "model_name": model, "field_name": field}
    found = client.get("/admin/autocomplete/", query).json()["results"]
    assert [entry["text"] for entry in found] == [str(own[target_of(field)])]
    for term in (CANARY, f"Order {CANARY}", f"Customer {CANARY}", "\x00"):
        assert client.get("/admin/autocomplete/", query | {"term": term}).status_code == 200
    assert client.get("/admin/autocomplete/", query | {"term": str(rows[target_of(field)])}).json()["results"] == []


def target_of(field: str) -> str:
    return {
        "customer": "marketplace.customer",
        "partner": "marketplace.partner",
        "product": "marketplace.product",
        "order": "marketplace.order",
        "entity": "hierarchy.entity",
        "parent": "hierarchy.entity",
        "category": "marketplace.category",
        "segment": "engagement.segment",
    }[field]


@pytest.mark.parametrize("actor", ["viewer", "analyst", "owner"])
def test_users_of_the_platform_are_nobodys_choice(actor, staff_cast, laundry, sign_in):
    query = {"app_label": "marketplace", "model_name": "customer", "field_name": "user"}
    assert sign_in(getattr(staff_cast, actor), laundry).get("/admin/autocomplete/", query).status_code == 403


def order_form(**fields: str) -> dict[str, str]:
    counts = {
        f"{prefix}-{name}": "0"
        for prefix in ("lines", "payments", "refunds", "reviews", "issues")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    amounts = dict.fromkeys(("subtotal", "discount", "tax", "delivery_fee", "tip", "total"), "0")
    placed = {"placed_at_0": "2026-03-10", "placed_at_1": "12:00:00"}
    return {"number": "N1", "status": "pending", "channel": "web", **amounts, **placed, **counts, **fields}


def test_a_reference_into_another_organization_is_refused_and_nothing_is_saved(rows, own, staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.owner, laundry)
    for field in ("customer", "partner"):
        with nothing_changes():
            answer = client.post("/admin/marketplace/order/add/", order_form(**{field: str(rows[target_of(field)].pk)}))
        assert field in answer.context["adminform"].form.errors


def test_a_line_cannot_name_a_product_of_another_organization(rows, own, staff_cast, laundry, sign_in):
    line = {
        "lines-TOTAL_FORMS": "1",
        "lines-0-product": str(rows["marketplace.product"].pk),
        "lines-0-quantity": "1",
        "lines-0-unit_price": "1",
        "lines-0-total": "1",
    }
    client = sign_in(staff_cast.owner, laundry)
    with nothing_changes():
        answer = client.post("/admin/marketplace/order/add/", order_form(**line))
    assert answer.status_code == 200
    assert "product" in answer.context["inline_admin_formsets"][0].formset.errors[0]


def test_an_order_and_its_lines_are_saved_in_the_current_organization(staff_cast, laundry, clinic, sign_in):
    customer, product = make_customer(laundry), make_product(laundry)
    line = {
        "customer": str(customer.pk),
        "total": "21.00",
        "lines-TOTAL_FORMS": "1",
        "lines-0-product": str(product.pk),
        "lines-0-quantity": "2",
        "lines-0-unit_price": "10.5",
        "lines-0-total": "21",
    }
    answer = sign_in(staff_cast.analyst, laundry).post("/admin/marketplace/order/add/", order_form(**line))
    assert answer.status_code == 302
    with organization_context(laundry.pk):
        order = Order.objects.get()
        saved = OrderLine.objects.get()
        assert (order.customer, str(order.total), saved.order, saved.product) == (customer, "21.00", order, product)
        assert {order.organization_id, saved.organization_id} == {laundry.pk}


@pytest.mark.parametrize("label", TENANT_MODELS)
def test_a_row_of_another_organization_can_be_neither_changed_nor_deleted(label, rows, staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.owner, laundry)
    name = f"admin:{label.replace('.', '_')}"
    absent = "0198f0a0-0000-7000-8000-000000000000"
    with nothing_changes():
        for view in ("change", "delete"):
            there = client.post(reverse(f"{name}_{view}", args=[rows[label].pk]), {"post": "yes", "name": "Taken"})
            nowhere = client.post(reverse(f"{name}_{view}", args=[absent]), {"post": "yes", "name": "Taken"})
            assert there.status_code == nowhere.status_code in {302, 403}
            assert there.get("Location") == nowhere.get("Location")
        selected = {"action": "delete_selected", "_selected_action": str(rows[label].pk), "post": "yes"}
        client.post(reverse(f"{name}_changelist"), selected)


@pytest.mark.parametrize("actor", ["anonymous", "viewer", "staff", "removed", "disabled"])
def test_who_may_not_change_changes_nothing_by_posting(actor, own, staff_cast, laundry, sign_in):
    client = sign_in(getattr(staff_cast, actor, None), laundry)
    with nothing_changes():
        for label in TENANT_MODELS:
            if label == "accounts.apitoken":
                continue  # everybody may create a token of their own
            name = f"admin:{label.replace('.', '_')}"
            for view, row in (("add", []), ("change", [own[label].pk]), ("delete", [own[label].pk])):
                # Who may add gets the form again, which lacks the rest.
                expected = {200} if view == "add" and MODELS[label]["add"][actor] == 200 else {302, 403}
                address = reverse(f"{name}_{view}", args=row)
                assert client.post(address, {"post": "yes", "name": "Taken"}).status_code in expected, address
            selected = {"action": "delete_selected", "_selected_action": str(own[label].pk), "post": "yes"}
            client.post(reverse(f"{name}_changelist"), selected)


@pytest.mark.parametrize(
    "query",
    [
        "organization__name__startswith=C",
        "customer__email__startswith=a",
        "customer__user__password__startswith=a",
        "organization__id={clinic}",
        "customer__id__exact={customer}",
        "status__exact=nothing",
        "status__exact=%00",
        "number=%00",
        "number__in=a,%00",
        "placed_at_from=not-a-day",
        "placed_at_from=9999-12-31&placed_at_to=0001-01-01",
        "p=999999",
        "p=x",
        "o=99.x",
        "q=%00",
        "e=1",
        "all=",
    ],
)
def test_an_address_made_up_by_hand_shows_nothing_of_others_and_breaks_nothing(
    query, rows, staff_cast, laundry, clinic, sign_in
):
    make_order(laundry, number="N-own", placed_at=NOON)
    address = "/admin/marketplace/order/?" + query.format(clinic=clinic.pk, customer=rows["marketplace.customer"].pk)
    answer = sign_in(staff_cast.owner, laundry).get(address)
    assert answer.status_code in {200, 302, 400}
    assert CANARY not in answer.content.decode()
