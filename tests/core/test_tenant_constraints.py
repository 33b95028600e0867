"""What the database itself refuses, for every tenant model of the registry: a new model is covered by being there."""

import datetime
import re
import uuid

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError
from django.db.models import DateField, DecimalField, ProtectedError, UniqueConstraint

from apps.accounts.models import Organization
from apps.core.constraints import REFUSE_ORGANIZATION_CHANGE, TenantReference
from apps.core.context import across_all_organizations, organization_context
from apps.core.database import in_transaction, tenant_cursor
from apps.core.models import DerivedModel, ImportedModel, TenantModel
from apps.marketplace.models import Category, Customer, Order, Partner, Product
from tests import builders
from tests.rows import insert, insert_and_settle, insert_parent, settle, some_value

pytestmark = pytest.mark.django_db

TENANT_MODELS = [model for model in apps.get_models() if issubclass(model, TenantModel)]
OUR_MODELS = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
REFERENCES = [
    (model, constraint)
    for model in TENANT_MODELS
    for constraint in model._meta.constraints
    if isinstance(constraint, TenantReference)
]
UNIQUE = [
    (model, constraint)
    for model in TENANT_MODELS
    for constraint in model._meta.constraints
    if isinstance(constraint, UniqueConstraint) and "id" not in constraint.fields
]
NOT_A_NUMBER = ("NaN",)
OUT_OF_TIME = ("infinity", "-infinity", "1899-12-31 23:59:59.999999Z", "2200-01-01 00:00:00Z")
# What people and files write: all numbers that are no rollup's, and the times of facts.
WRITTEN = [
    (model, field)
    for model in TENANT_MODELS
    for field in model._meta.local_fields
    if not issubclass(model, DerivedModel)
    and (
        isinstance(field, DecimalField)
        or (isinstance(field, DateField) and issubclass(model, ImportedModel) and field.editable)
    )
]


def label(value):
    return value._meta.label if isinstance(value, type) else value.name


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_a_plain_row_goes_in_and_never_changes_its_organization(model, laundry, clinic):
    row = insert(model, laundry)
    table = model._meta.db_table
    with tenant_cursor() as cursor:
        cursor.execute(f'UPDATE "{table}" SET organization_id = %s WHERE id = %s', [laundry.pk, row["id"]])
        assert cursor.rowcount == 1
    with pytest.raises(IntegrityError, match="cannot change its organization"):
        settle(f'UPDATE "{table}" SET organization_id = %s WHERE id = %s', clinic.pk, row["id"])


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_a_row_belongs_to_an_organization_that_exists(model, laundry):
    with pytest.raises(IntegrityError, match="organization_id"):
        insert(model, laundry, organization_id=None)
    if not issubclass(model, DerivedModel):
        with pytest.raises(IntegrityError, match="organization_id"):
            insert_and_settle(model, laundry, organization_id=uuid.uuid4())


@pytest.mark.parametrize(("model", "reference"), REFERENCES, ids=label)
def test_a_reference_into_another_organization_is_refused(model, reference, laundry, clinic):
    field = model._meta.get_field(reference.field)
    ours, theirs = (insert(field.remote_field.model, organization)["id"] for organization in (laundry, clinic))
    good = insert(model, laundry, **{field.column: ours})
    with pytest.raises(IntegrityError, match=reference.name):
        insert(model, laundry, **{field.column: theirs})
    with pytest.raises(IntegrityError, match=reference.name):
        insert(model, laundry, **{field.column: uuid.uuid4()})
    with pytest.raises(IntegrityError, match=reference.name), in_transaction(), tenant_cursor() as cursor:
        cursor.execute(f'UPDATE "{model._meta.db_table}" SET "{field.column}" = %s WHERE id = %s', [theirs, good["id"]])


@pytest.mark.parametrize(("model", "reference"), REFERENCES, ids=label)
def test_a_reference_into_another_organization_is_named_by_full_clean(model, reference, laundry, clinic):
    field = model._meta.get_field(reference.field)
    ours, theirs = (insert(field.remote_field.model, organization)["id"] for organization in (laundry, clinic))
    row = model(organization=laundry, **{field.column: theirs})
    with pytest.raises(ValidationError) as refused:
        reference.validate(model, row)
    assert list(refused.value.message_dict) == [reference.field]
    setattr(row, field.attname, ours)
    reference.validate(model, row)
    reference.validate(model, model(organization=laundry, **{field.column: theirs}), exclude={reference.field})


@pytest.mark.parametrize(("model", "constraint"), UNIQUE, ids=label)
def test_what_is_unique_is_unique_within_one_organization_only(model, constraint, laundry, wholesaler, clinic):
    first = insert(model, laundry, **({"external_id": "same"} if "external_id" in constraint.fields else {}))
    columns = [model._meta.get_field(name) for name in constraint.fields if name != "organization"]
    # References to parents of the organization cannot be shared by two; for those the elsewhere half has no meaning.
    same = {field.column: first[field.column] for field in columns}
    if any(value is None for value in same.values()):
        for field in (field for field in columns if same[field.column] is None):
            same[field.column] = insert_parent(field, laundry) if field.remote_field else some_value(field)
        insert(model, laundry, **same)
    with pytest.raises(IntegrityError, match=constraint.name):
        insert(model, laundry, **same)
    if not any(isinstance(f.remote_field and f.remote_field.model, type)
               and issubclass(f.remote_field.model, TenantModel) for f in columns):  # fmt: skip
        insert(model, wholesaler, **same)
        insert(model, clinic, **same)


@pytest.mark.parametrize(("model", "field"), WRITTEN, ids=label)
def test_what_is_no_number_and_no_time_is_refused_whoever_writes_it(model, field, laundry):
    row = insert(model, laundry)
    is_number = isinstance(field, DecimalField)
    update = f'UPDATE "{model._meta.db_table}" SET "{field.column}" = %s WHERE id = %s'
    for value in NOT_A_NUMBER if is_number else OUT_OF_TIME:
        with pytest.raises(IntegrityError, match=f'violates check constraint "[a-z_]*{field.name.rpartition("_")[0]}'):
            settle(update, value, row["id"])
    for value in () if is_number else ("1900-01-01", "2199-12-01"):
        if field.name not in {"completed_at", "cancelled_at", "accepted_at", "resolved_at"}:  # these agree with others
            settle(update, value, row["id"])


def test_a_form_hears_at_the_field_what_the_database_would_refuse(laundry):
    instant = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)
    order = Order(organization=laundry, number="1", placed_at=instant, tip=10**12, total="NaN")
    with organization_context(laundry.pk), pytest.raises(ValidationError) as refused:
        order.full_clean()
    assert refused.value.message_dict == {
        "placed_at": ["Placed at is not between the years 1900 and 2199."],
        "tip": ["Ensure that there are no more than 12 digits before the decimal point."],
        "total": ["“NaN” value must be a decimal number."],
    }


def test_the_database_has_one_composite_key_for_each_reference_and_no_single_one():
    with tenant_cursor() as cursor:
        cursor.execute(
            "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
        )
        keys = {name: (table, definition) for name, table, definition in cursor.fetchall()}
    tenant_tables = {model._meta.db_table for model in TENANT_MODELS}
    expected = {}
    for model, reference in REFERENCES:
        field = model._meta.get_field(reference.field)
        own = ", ".join(["organization_id", field.column, *reference.also])
        theirs = ", ".join(["organization_id", "id", *reference.also.values()])
        target = field.remote_field.model._meta.db_table
        expected[reference.name] = (model._meta.db_table, f"FOREIGN KEY ({own}) REFERENCES {target}({theirs})")
    into_tenants = {
        name: key for name, key in keys.items() if re.search(r"REFERENCES (\w+)", key[1]).group(1) in tenant_tables
    }
    assert into_tenants == expected


def test_every_tenant_table_has_the_guard_and_no_other_table_has():
    with tenant_cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE proname = %s",
            [REFUSE_ORGANIZATION_CHANGE],
        )
        assert sorted(table for (table,) in cursor.fetchall()) == sorted(m._meta.db_table for m in TENANT_MODELS)


def test_our_tables_have_no_sequence_and_uuid_keys():
    with tenant_cursor() as cursor:
        cursor.execute(
            "SELECT t.relname FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') "
            "JOIN pg_class t ON t.oid = d.refobjid WHERE s.relkind = 'S'"
        )
        with_sequence = {table for (table,) in cursor.fetchall()}
        cursor.execute("SELECT table_name, data_type FROM information_schema.columns WHERE column_name = 'id'")
        types = dict(cursor.fetchall())
    tables = {model._meta.db_table for model in OUR_MODELS}
    assert "auth_permission" in with_sequence  # Django's own tables have them: the query finds what it looks for
    assert not tables & with_sequence
    assert {types[table] for table in tables} == {"uuid"}


def test_keys_made_here_grow_with_time():
    made = [Partner().pk for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000
    assert {key.version for key in made} == {7}


def test_deleting_what_is_referred_to_sets_null_protects_or_cascades(laundry, clinic):
    category = builders.make_category(laundry)
    product = builders.make_product(laundry, category=category)
    entity = builders.make_entity(laundry)
    customer = builders.make_customer(laundry, entity=entity)
    order = builders.make_order(laundry, customer=customer)
    builders.make_line(order, product=product)
    builders.make_payment(order)
    builders.make_refund(laundry, order=order)
    builders.make_review(order)
    builders.make_issue(order)
    elsewhere = builders.make_payment(builders.make_order(clinic))

    category.delete()
    entity.delete()
    with across_all_organizations(reason="test"):
        assert Product.objects.get().category_id is None
        assert Customer.objects.get().entity_id is None
    with organization_context(laundry.pk):
        for protected in (customer, product):
            with pytest.raises(ProtectedError):
                protected.delete()
    order.delete()
    with across_all_organizations(reason="test"):
        kept = {model._meta.label: model.objects.count() for model in TENANT_MODELS if model.objects.exists()}
        assert elsewhere.order == Order.objects.get()
    assert kept == {
        "marketplace.Customer": 1,
        "marketplace.Product": 1,
        "marketplace.Order": 1,
        "marketplace.Payment": 1,
    }


def test_deleting_works_without_a_context_and_never_reaches_another_organization(laundry, clinic):
    ours, theirs = builders.make_category(laundry), builders.make_category(clinic)
    ours.delete()
    with across_all_organizations(reason="test"):
        assert list(Category.objects.all()) == [theirs]


def test_an_organization_with_rows_is_not_deleted(laundry, clinic):
    builders.make_partner(laundry)
    with pytest.raises(ProtectedError):
        laundry.delete()
    with pytest.raises(IntegrityError):
        settle("DELETE FROM accounts_organization WHERE id = %s", laundry.pk)
    clinic.delete()
    assert list(Organization.objects.all()) == [laundry]


def test_a_moved_instance_is_not_saved_under_another_organization(laundry, clinic):
    partner = builders.make_partner(laundry)
    partner.organization = clinic
    with pytest.raises(IntegrityError), in_transaction():
        partner.save()
    with pytest.raises(DatabaseError), in_transaction():
        partner.save(update_fields=["name"])
    with organization_context(laundry.pk):
        assert Partner.objects.get().organization == laundry


def test_an_upsert_does_not_move_a_row_either(laundry, clinic):
    partner = builders.make_partner(laundry)
    with pytest.raises(IntegrityError, match="cannot change"), in_transaction(), tenant_cursor() as cursor:
        cursor.execute(
            "INSERT INTO marketplace_partner (id, organization_id, name, code, status, city, region, created_at, "
            "updated_at) VALUES (%s, %s, '', '', 'active', '', '', now(), now()) "
            "ON CONFLICT (id) DO UPDATE SET organization_id = excluded.organization_id",
            [partner.pk, clinic.pk],
        )


def test_a_form_without_the_organization_still_checks_what_is_unique_in_it(laundry, clinic):
    builders.make_category(laundry, name="Shirts")
    with organization_context(laundry.pk):
        form_class = forms.modelform_factory(Category, fields=["name"])
        again = form_class({"name": "Shirts"}, instance=Category(organization=laundry))
        assert again.errors == {"__all__": ["Constraint “category_name” is violated."]} or not again.is_valid()
    with organization_context(clinic.pk):
        assert form_class({"name": "Shirts"}, instance=Category(organization=clinic)).is_valid()
