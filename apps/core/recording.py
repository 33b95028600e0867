"""Writing a fact once, however often it is told: by its external id, and with the database's word as the last."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from django.db import IntegrityError, models

from apps.core.constraints import TenantReference
from apps.core.database import in_transaction
from apps.core.fields import TenantForeignKey
from apps.core.models import ImportedModel
from apps.core.rest.errors import Conflict, InvalidParameter

M = TypeVar("M", bound=ImportedModel)

DOES_NOT_EXIST = "This does not exist in the organization."


@dataclass(frozen=True, slots=True)
class Recorded(Generic[M]):
    """A fact, and whether it is new."""

    row: M
    created: bool


def record_once(model: type[M], *, organization_id: uuid.UUID, fields: Mapping[str, Any]) -> Recorded[M]:
    """Insert a row, unless its external id is there already with the same content.

    `fields` are by attribute (`customer_id`); those left out take their defaults and are not compared. A few queries:
    one per reference, one for the external id, one to insert.

    Raises:
        Conflict: the external id is there with other content, or the row contradicts another one.
        InvalidParameter: a reference leads nowhere in the organization, or the database refuses a value.

    """
    told = find_told(model, fields)
    if told is not None:
        return Recorded(told, created=False)
    check_references(model, fields)
    return insert_once(model(organization_id=organization_id, **fields), fields)


def find_told(model: type[M], fields: Mapping[str, Any]) -> M | None:
    """Return the row of this external id if it has the same content, or None where there is none.

    Raises:
        Conflict: it has other content; the details name the fields that differ.

    """
    external_id = fields.get("external_id")
    if external_id is None:
        return None
    row = cast("M | None", model.objects.filter(external_id=external_id).first())
    if row is None:
        return None
    differing = [name for name, value in fields.items() if getattr(row, name) != value]
    if differing:
        raise told_otherwise(row, differing)
    return row


def told_otherwise(row: ImportedModel, differing: list[str]) -> Conflict:
    """Return the error for an external id that is there with other content."""
    return Conflict(
        f"The external id “{row.external_id}” is there already, with other content.",
        external_id=row.external_id,
        id=str(row.pk),
        differing=sorted(name.removesuffix("_id") if name != "external_id" else name for name in differing),
    )


def insert_once(row: M, fields: Mapping[str, Any]) -> Recorded[M]:
    """Insert a row; when another request has told the same external id meanwhile, return that one's.

    Raises:
        Conflict: the external id has other content, or the row contradicts another one.
        InvalidParameter: the database refuses a value.

    """
    try:
        with in_transaction():
            row.save(force_insert=True)
    except IntegrityError as error:
        told = find_told(type(row), fields)
        if told is not None:
            return Recorded(told, created=False)
        raise explained(error, type(row)) from error
    return Recorded(row, created=True)


def check_references(model: type[models.Model], fields: Mapping[str, Any]) -> None:
    """See that every row referred to is in the organization; one that is another's is as absent as any.

    Raises:
        InvalidParameter: one is not.

    """
    for field in model._meta.concrete_fields:
        value = fields.get(field.attname)
        if not isinstance(field, TenantForeignKey) or value is None:
            continue
        target = cast("type[ImportedModel]", field.related_model)
        if not target.objects.filter(pk=value).exists():
            raise InvalidParameter(field.name, message=DOES_NOT_EXIST)


def explained(error: IntegrityError, model: type[models.Model]) -> Exception:
    """Return what a constraint's violation means to the caller, or the error itself where it is nobody's doing."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    constraint = next((one for one in model._meta.constraints if one.name == name), None)
    if isinstance(constraint, TenantReference):
        return InvalidParameter(constraint.field, message=DOES_NOT_EXIST)
    if isinstance(constraint, models.UniqueConstraint):
        names = [field for field in constraint.fields if field != "organization"]
        return Conflict(f"Another {model._meta.verbose_name} has this {' and '.join(names)} already.", fields=names)
    if isinstance(constraint, models.CheckConstraint):
        message = str(constraint.get_violation_error_message())
        return InvalidParameter(*dict.fromkeys(_fields_of(constraint.condition)), message=message)
    return error


def _fields_of(condition: Any) -> Iterator[str]:
    for child in getattr(condition, "children", []):
        if isinstance(child, tuple):
            yield str(child[0]).split("__")[0]
        else:
            yield from _fields_of(child)
