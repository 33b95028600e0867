"""The facts that files can become, declared by their models: names, kinds, limits and references of their fields."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.core.constraints import TenantReference
from apps.core.database import schema_editor
from apps.core.fields import TenantForeignKey
from apps.core.models import ImportedModel
from apps.engagement.models import Interaction, Segment, SegmentMember
from apps.hierarchy.models import Entity
from apps.marketplace.models import (
    Category,
    Customer,
    OperatingCost,
    Order,
    OrderIssue,
    OrderLine,
    Partner,
    Payment,
    Product,
    Refund,
    Review,
)


class Kind(enum.StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    INSTANT = "instant"
    DATE = "date"
    BOOLEAN = "boolean"
    REFERENCE = "reference"


SQL_TYPES = {
    Kind.TEXT: "text",
    Kind.NUMBER: "numeric",
    Kind.INTEGER: "integer",
    Kind.INSTANT: "timestamptz",
    Kind.DATE: "date",
    Kind.BOOLEAN: "boolean",
    Kind.REFERENCE: "text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactField:
    """One field: `column` is its database column; a reference holds the external id of a `target` fact."""

    name: str
    column: str
    kind: Kind
    required: bool
    empty: Any
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    places: int | None = None
    digits: int | None = None
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One kind of fact.

    `unique` are further sets of fields that may not repeat within an organization; `checks` are the conditions that the
    table holds its rows to, over its columns, each with what to say when it does not hold.
    """

    name: str
    model: type[ImportedModel]
    fields: dict[str, FactField]
    unique: tuple[tuple[str, ...], ...]
    checks: tuple[tuple[str, str], ...]

    @property
    def table(self) -> str:
        """Return the database table."""
        return self.model._meta.db_table


# Parents come before what refers to them: this is the order of writing.
_MODELS: dict[str, type[ImportedModel]] = {
    "entity": Entity,
    "category": Category,
    "partner": Partner,
    "customer": Customer,
    "product": Product,
    "order": Order,
    "order_line": OrderLine,
    "payment": Payment,
    "refund": Refund,
    "review": Review,
    "order_issue": OrderIssue,
    "interaction": Interaction,
    "segment": Segment,
    "segment_member": SegmentMember,
    "operating_cost": OperatingCost,
}
_NAMES = {model: name for name, model in _MODELS.items()}
_NOT_IMPORTED = frozenset({"id", "organization", "external_id", "created_at", "updated_at", "user", "rule"})
_MONEY = {"order_line": "total", "payment": "amount", "refund": "amount", "order": "total", "operating_cost": "amount"}


@cache
def all_facts() -> dict[str, Fact]:
    """Return every fact by name, parents first."""
    return {name: _declare(name, model) for name, model in _MODELS.items()}


def money_field(fact: str) -> str | None:
    """Return the field whose sum a reader wants to see, if the fact has money."""
    return _MONEY.get(fact)


def _declare(name: str, model: type[ImportedModel]) -> Fact:
    fields = {
        field.name: _declare_field(field)
        for field in model._meta.local_fields
        if field.name not in _NOT_IMPORTED and not field.generated
    }
    unique = tuple(
        tuple(constraint.fields[1:])
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
        and set(constraint.fields[1:]) <= set(fields)
        and len(constraint.fields) > 1
    )
    references = {c.field for c in model._meta.constraints if isinstance(c, TenantReference)}
    missing = {f.name for f in fields.values() if f.kind is Kind.REFERENCE} - references
    if missing:
        raise TypeError(f"{name} has references without TenantReference: {missing}")
    return Fact(name=name, model=model, fields=fields, unique=unique, checks=tuple(_checks(model)))


def _checks(model: type[ImportedModel]) -> Iterator[tuple[str, str]]:
    with schema_editor() as editor:
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.CheckConstraint):
                written = constraint.constraint_sql(model, editor)
                condition = str(written).partition("CHECK ")[2]
                message = str(constraint.violation_error_message)
                if "%(name)s" in message:
                    message = f"breaks the rule {constraint.name}"
                yield condition, message


def _declare_field(field: Any) -> FactField:
    kind = _kind_of(field)
    has_default = field.has_default()
    empty = field.get_default() if has_default else ("" if kind is Kind.TEXT and not field.null else None)
    return FactField(
        name=field.name,
        column=field.column,
        kind=kind,
        required=not field.null and not field.blank and not has_default,
        empty=str(empty) if isinstance(empty, str) else empty,
        max_length=field.max_length if kind is Kind.TEXT else None,
        choices=tuple(str(value) for value, _ in field.choices) if field.choices else (),
        minimum=_limit(field, MinValueValidator),
        maximum=_limit(field, MaxValueValidator),
        places=field.decimal_places if kind is Kind.NUMBER else None,
        digits=field.max_digits if kind is Kind.NUMBER else None,
        target=_NAMES[_target(field)] if kind is Kind.REFERENCE else "",
    )


def _target(field: Any) -> Any:
    return field.model if field.remote_field.model == "self" else field.remote_field.model


def _kind_of(field: Any) -> Kind:
    kinds: list[tuple[type[Any], Kind]] = [
        (TenantForeignKey, Kind.REFERENCE),
        (models.DateTimeField, Kind.INSTANT),
        (models.DateField, Kind.DATE),
        (models.DecimalField, Kind.NUMBER),
        (models.BooleanField, Kind.BOOLEAN),
        (models.IntegerField, Kind.INTEGER),
        (models.CharField, Kind.TEXT),
        (models.TextField, Kind.TEXT),
    ]
    for type_, kind in kinds:
        if isinstance(field, type_):
            return kind
    raise TypeError(f"{field} cannot be imported.")


def _limit(field: Any, validator: type[Any]) -> Decimal | None:
    # IntegerField adds the range of its database column to the declared validators; the narrowest counts.
    limits = [
        Decimal(v.limit_value() if callable(v.limit_value) else v.limit_value)
        for v in field.validators
        if type(v) is validator
    ]
    if not limits:
        return None
    return max(limits) if validator is MinValueValidator else min(limits)
