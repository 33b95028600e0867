"""System checks: the tenancy rules of the schema, held at every start.

`docs/architecture.md`, section Tenancy, tells why each rule is there.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from django.apps import AppConfig, apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.checks import CheckMessage, Error, register
from django.db import models

from apps.core.constraints import ImmutableOrganization, TenantReference
from apps.core.fields import TenantForeignKey
from apps.core.managers import TenantManager
from apps.core.models import DerivedModel, GlobalModel, ImportedModel, TenantModel


@register("tenancy")
def check_tenancy(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Return an error for each model of ours that breaks a tenancy rule."""
    chosen = app_configs if app_configs is not None else apps.get_app_configs()
    found: list[CheckMessage] = []
    for config in chosen:
        if config.name.startswith("apps."):
            for model in config.get_models():
                found.extend(tenancy_errors(model))
    return found


def tenancy_errors(model: type[models.Model]) -> Iterator[CheckMessage]:
    """Yield what one model breaks; a proxy has its table from another model and breaks nothing."""
    if model._meta.proxy:
        return
    if issubclass(model, TenantModel):
        yield from _key_errors(model)
        yield from _tenant_errors(model)
    elif issubclass(model, GlobalModel):
        yield from _key_errors(model)
        yield from _global_errors(model)
    else:
        yield Error(
            f"{model._meta.label} is neither a TenantModel nor a GlobalModel.",
            hint="A row belongs to one organization, or is of the whole platform: derive from the one that holds.",
            obj=model,
            id="bellwether.E001",
        )


def _key_errors(model: type[models.Model]) -> Iterator[CheckMessage]:
    if not isinstance(model._meta.pk, models.UUIDField):
        yield Error(
            f"{model._meta.label} has a primary key that is not a UUID made here.",
            hint="Leave `id` to the base model.",
            obj=model,
            id="bellwether.E009",
        )


def _global_errors(model: type[models.Model]) -> Iterator[CheckMessage]:
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        if _refers_to_tenant(field):
            yield Error(
                f"{model._meta.label}.{field.name} refers from a table of the platform to a tenant's.",
                hint="Keep the bare id in a UUIDField, or derive from TenantModel.",
                obj=model,
                id="bellwether.E010",
            )


def _tenant_errors(model: type[TenantModel]) -> Iterator[CheckMessage]:
    if model._meta.get_field("organization").null:
        yield Error(f"{model._meta.label}.organization may be null.", obj=model, id="bellwether.E002")
    if not any(isinstance(constraint, ImmutableOrganization) for constraint in model._meta.constraints):
        yield Error(
            f"{model._meta.label} lets a row change its organization.",
            hint="Add *tenant_key(...), or tenant_leaf(...), to Meta.constraints.",
            obj=model,
            id="bellwether.E003",
        )
    for manager in model._meta.managers:
        if not isinstance(manager, TenantManager):
            yield Error(
                f"{model._meta.label}.{manager.name} is a manager that reads every organization's rows.",
                hint="Derive it from TenantManager.",
                obj=model,
                id="bellwether.E011",
            )
    yield from _reference_errors(model)
    yield from _leading_errors(model)


def _leading_errors(model: type[models.Model]) -> Iterator[CheckMessage]:
    for name, leading in _unique_constraints(model):
        if leading != "organization":
            yield Error(
                f"{model._meta.label}: the unique constraint {name} does not begin with organization.",
                obj=model,
                id="bellwether.E006",
            )
    for name, leading in _indexes(model):
        if leading != "organization":
            yield Error(
                f"{model._meta.label}: the index {name} does not begin with organization.",
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
        if _needs_bounds(model, field) and field.name not in _bounded(model):
            yield Error(
                f"{model._meta.label}.{field.name} has no bounds: the database would take NaN or infinity.",
                hint="Add *numbers(...), *instants(...) or *dates(...) to the constraints.",
                obj=model,
                id="bellwether.E014",
            )
        scoped = isinstance(field, TenantForeignKey)
        if not _refers_to_tenant(field):
            if scoped:
                yield Error(
                    f"{model._meta.label}.{field.name} is a TenantForeignKey to a table that no organization owns.",
                    hint="Use ForeignKey.",
                    obj=model,
                    id="bellwether.E012",
                )
        elif not scoped:
            yield Error(
                f"{model._meta.label}.{field.name} refers to a tenant table by a plain foreign key.",
                hint="Use TenantForeignKey.",
                obj=model,
                id="bellwether.E004",
            )
        elif field.name not in guarded and not issubclass(model, DerivedModel):
            yield Error(
                f"{model._meta.label}.{field.name} has no TenantReference: it could point into another organization.",
                obj=model,
                id="bellwether.E005",
            )
        elif not _has_tenant_key(cast("type[models.Model]", field.related_model)):
            yield Error(
                f"{model._meta.label}.{field.name} refers to {field.related_model}, which has no tenant key.",
                hint="Add *tenant_key(...) to the constraints of the model referred to.",
                obj=model,
                id="bellwether.E013",
            )


def _needs_bounds(model: type[models.Model], field: Any) -> bool:
    """Whether people and files write it: a number anywhere but in a rollup, or the time of a fact."""
    if issubclass(model, DerivedModel):
        return False
    if isinstance(field, models.DecimalField):
        return True
    is_own = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return issubclass(model, ImportedModel) and isinstance(field, models.DateField) and not is_own


def _bounded(model: type[models.Model]) -> set[str]:
    """Return the fields that a check holds below something: NaN and infinity are above all else."""
    return {
        name.rpartition("__")[0]
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
        for name, _value in filter(_is_leaf, getattr(constraint.condition, "children", ()))
        if name.endswith(("__lt", "__lte")) and getattr(constraint.condition, "connector", "") == models.Q.AND
    }


def _is_leaf(child: Any) -> bool:
    return isinstance(child, tuple)


def _refers_to_tenant(field: Any) -> bool:
    target = field.remote_field.model if field.remote_field else None
    return isinstance(target, type) and issubclass(target, TenantModel)


def _has_tenant_key(model: type[models.Model]) -> bool:
    return any(
        isinstance(constraint, models.UniqueConstraint)
        and constraint.fields == ("organization", "id")
        and constraint.condition is None
        for constraint in model._meta.constraints
    )


def _unique_constraints(model: type[models.Model]) -> Iterable[tuple[str, str]]:
    """Yield the name and leading field of everything that is unique or excludes."""
    for field in model._meta.local_fields:
        if field.unique and not field.primary_key:
            yield field.name, field.name
    for fields in model._meta.unique_together:
        yield "unique_together", fields[0]
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            yield constraint.name, _leading(constraint.fields, constraint.expressions)
        elif isinstance(constraint, ExclusionConstraint):
            leading, operator = constraint.expressions[0]
            yield constraint.name, _leading([leading], ()) if operator == "=" else ""


def _indexes(model: type[models.Model]) -> Iterable[tuple[str, str]]:
    """Yield the name and leading field of each index; a reference to a table of the platform may have its own."""
    for field in model._meta.local_fields:
        own = getattr(field, "db_index", False)
        if own and (_refers_to_tenant(field) or not field.remote_field):
            yield field.name, field.name
    for index in model._meta.indexes:
        yield index.name, _leading(index.fields, index.expressions)


def _leading(fields: Sequence[Any], expressions: Sequence[Any]) -> str:
    first = [*fields, *expressions][0]
    return first.lstrip("-") if isinstance(first, str) else getattr(first, "name", "")
