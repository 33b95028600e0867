"""Rows written by SQL, past every validator, so that only the database can refuse them."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, models

from apps.accounts.models import Organization
from apps.core.constraints import Bounded
from apps.core.database import in_transaction, tenant_cursor
from apps.core.models import TenantModel
from apps.hierarchy.models import Entity, EntityKind
from apps.notifications.models import Delivery, DeliveryState
from tests import builders


def plain_value(field: models.Field, model: type[models.Model]):
    """Return the plainest valid value of a column, so that only the constraint under test can refuse the row."""
    if field.primary_key:
        return uuid.uuid4()
    if field.choices:
        return next(iter(dict(field.flatchoices)))
    if field.has_default() and field.get_default() is not None:
        return field.get_default()
    return None if field.null else some_value(field)


def some_value(field: models.Field):
    """Return a value of a column's type, also where it may do without one."""
    kinds = {
        models.DateTimeField: builders.NOON,
        models.DateField: datetime.date(2026, 3, 1),
        models.BooleanField: False,
        models.DecimalField: Decimal(1),
        models.IntegerField: 1,
        models.JSONField: "{}",
        models.UUIDField: uuid.uuid4(),
        models.CharField: f"{uuid.uuid4()}"[: field.max_length or 36],
        models.TextField: "text",
    }
    return next(value for kind, value in kinds.items() if isinstance(field, kind))


def insert(model: type[models.Model], organization: Organization, **columns) -> dict:
    """Insert one row by SQL, its obligatory parents before it; return what was written, by column."""
    row = {}
    for field in model._meta.local_concrete_fields:
        if field.generated:
            continue
        if field.column in columns:
            row[field.column] = columns[field.column]
        elif field.name == "organization":
            row[field.column] = organization.pk
        elif field.remote_field and not field.null:
            row[field.column] = insert_parent(field, organization)
        elif field.remote_field:
            row[field.column] = None
        else:
            row[field.column] = plain_value(field, model)
    if model is Entity and row["parent_id"] and "kind" not in columns:
        row["kind"] = EntityKind.COMPANY
    if model is Delivery and row["state"] == DeliveryState.QUEUED and "next_attempt_at" not in columns:
        row["next_attempt_at"] = builders.NOON
    names = ", ".join(f'"{name}"' for name in row)
    with in_transaction(), tenant_cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({", ".join(["%s"] * len(row))})',
            [prepared(model, column, value) for column, value in row.items()],
        )
    return row


def insert_parent(field: models.Field, organization: Organization) -> uuid.UUID:
    """Insert a row that a reference may refer to, and return its key."""
    target = field.remote_field.model
    return insert(target, organization)["id"] if issubclass(target, TenantModel) else builders.make_user().pk


def prepared(model, column, value):
    field = next(field for field in model._meta.local_concrete_fields if field.column == column)
    return field.get_db_prep_save(value, connection)


def insert_and_settle(model, organization, **columns):
    with in_transaction():
        insert(model, organization, **columns)
        settle("SELECT 1")


def settle(statement, *parameters):
    """Run a statement and the checks that it left for the commit."""
    with in_transaction(), tenant_cursor() as cursor:
        cursor.execute(statement, parameters)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def prove_check(name: str, model: type[models.Model], organization: Organization, inside: list, outside: list) -> None:
    """Insert what the constraint must let in, and see it refuse by its name what it must not."""
    assert name in {c.name for c in model._meta.constraints if isinstance(c, models.CheckConstraint)}
    for columns in inside:
        insert(model, organization, **columns)
    for columns in outside:
        with pytest.raises(IntegrityError, match=f'"{name}"'):
            insert(model, organization, **columns)


def checks_of(app: str) -> dict[str, type[models.Model]]:
    """Return the check constraints of an app's models by name; bounds are proved for every model at once."""
    from django.apps import apps

    return {
        constraint.name: model
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint) and not isinstance(constraint, Bounded)
    }
