"""System checks: the tenancy rules of the schema, held at every start."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register
from django.db import models

from apps.core.constraints import ImmutableOrganization, TenantReference
from apps.core.fields import TenantForeignKey
from apps.core.models import GlobalModel, TenantModel


@register("tenancy")
def check_tenancy(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Return an error for each model of ours that breaks a rule of `docs/architecture.md`, section tenancy."""
    chosen = app_configs if app_configs is not None else apps.get_app_configs()
    found: list[CheckMessage] = []
    for config in chosen:
        if config.name.startswith("apps."):
            for model in config.get_models():
                found.extend(tenancy_errors(model))
    return found


def tenancy_errors(model: type[models.Model]) -> Iterator[CheckMessage]:
    """Yield what one model breaks."""
    if issubclass(model, TenantModel):
        yield from _tenant_errors(model)
    elif not issubclass(model, GlobalModel):
        yield Error(
            f"{model._meta.label} is neither a TenantModel nor a GlobalModel.",
            hint="A row belongs to one organization, or is of the whole platform: derive from the one that holds.",
            obj=model,
            id="bellwether.E001",
        )


def _tenant_errors(model: type[models.Model]) -> Iterator[CheckMessage]:
    organization = cast("models.ForeignKey[Any, Any]", model._meta.get_field("organization"))
    if organization.null:
        yield Error(f"{model._meta.label}.organization may be null.", obj=model, id="bellwether.E002")
    if not any(isinstance(constraint, ImmutableOrganization) for constraint in model._meta.constraints):
        yield Error(
            f"{model._meta.label} lets a row change its organization.",
            hint="Add *tenant_key(...) to Meta.constraints.",
            obj=model,
            id="bellwether.E003",
        )
    yield from _reference_errors(model)
    for name, fields in _unique_field_sets(model):
        if not fields or fields[0] != "organization":
            yield Error(
                f"{model._meta.label}: the unique constraint {name} does not begin with organization.",
                obj=model,
                id="bellwether.E006",
            )
    for index in model._meta.indexes:
        if index.fields and index.fields[0].lstrip("-") != "organization":
            yield Error(
                f"{model._meta.label}: the index {index.name} does not begin with organization.",
                obj=model,
                id="bellwether.E007",
            )


def _reference_errors(model: type[models.Model]) -> Iterator[CheckMessage]:
    guarded = {c.field for c in model._meta.constraints if isinstance(c, TenantReference)}
    if model._meta.local_many_to_many:
        yield Error(
            f"{model._meta.label} has a many-to-many field, whose table has no organization.",
            hint="Declare the table between as a TenantModel.",
            obj=model,
            id="bellwether.E008",
        )
    for field in model._meta.local_fields:
        target = field.remote_field.model if field.remote_field else None
        if not (isinstance(target, type) and issubclass(target, TenantModel)):
            continue
        if not isinstance(field, TenantForeignKey):
            yield Error(
                f"{model._meta.label}.{field.name} refers to a tenant table by a plain foreign key.",
                hint="Use TenantForeignKey.",
                obj=model,
                id="bellwether.E004",
            )
        elif field.name not in guarded:
            yield Error(
                f"{model._meta.label}.{field.name} has no TenantReference: it could point into another organization.",
                obj=model,
                id="bellwether.E005",
            )


def _unique_field_sets(model: type[models.Model]) -> Iterable[tuple[str, Sequence[str]]]:
    for field in model._meta.local_fields:
        if field.unique and not field.primary_key:
            yield field.name, [field.name]
    for fields in model._meta.unique_together:
        yield "unique_together", list(fields)
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            yield constraint.name, _leading_fields(constraint)


def _leading_fields(constraint: models.UniqueConstraint) -> list[str]:
    if constraint.fields:
        return list(constraint.fields)
    return [getattr(expression, "name", "") for expression in constraint.expressions]
