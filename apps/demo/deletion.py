"""Removing the facts of one organization, and what refers to them."""

import uuid
from typing import Any

from django.apps import apps
from django.db import models

from apps.core.database import quoted
from apps.core.fields import TenantForeignKey
from apps.core.models import TenantModel

FACT_APPS = ("marketplace", "engagement", "hierarchy")


def delete_rows(cursor: Any, organization_id: uuid.UUID) -> None:
    """Delete all facts of an organization and the rows of any app that refer to them; members and settings stay."""
    for model in _children_first():
        cursor.execute(f"DELETE FROM {quoted(model._meta.db_table)} WHERE organization_id = %s", [organization_id])  # noqa: S608


def _references(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    return [field for field in model._meta.local_fields if isinstance(field, TenantForeignKey)]


def _children_first() -> list[type[models.Model]]:
    """Return the fact models and all that refer to them, each before what it refers to."""
    tenant_models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    wanted = {model for model in tenant_models if model._meta.app_label in FACT_APPS}
    grown = True
    while grown:
        referring = {
            model for model in tenant_models if any(field.remote_field.model in wanted for field in _references(model))
        }
        grown = not referring <= wanted
        wanted |= referring
    ordered: list[type[models.Model]] = []
    while waiting := [model for model in tenant_models if model in wanted and model not in ordered]:
        ordered += [
            model
            for model in waiting
            if not any(
                field.remote_field.model is model
                for other in waiting
                if other is not model
                for field in _references(other)
            )
        ]
    return ordered
