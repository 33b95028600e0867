"""Fields that every app uses."""

from decimal import Decimal
from typing import Any, TypeVar, cast

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.expressions import Col, ResolvedOuterRef
from django.db.models.lookups import Exact
from django.db.models.sql.where import WhereNode

S = TypeVar("S")
G = TypeVar("G")


class TenantForeignKey(models.ForeignKey[S, G]):
    """A foreign key between rows of one organization.

    A join over it also joins `organization_id`, so that a distributed database can keep the join on one
    node and an index led by `organization_id` serves it. The database constraint is the composite
    `TenantReference` beside it in `Meta.constraints`; the plain one is not created.
    """

    def __init__(self, to: Any, on_delete: Any, **options: Any) -> None:
        options.setdefault("db_index", False)
        options["db_constraint"] = False
        super().__init__(to, on_delete, **options)

    def deconstruct(self) -> Any:
        """Leave out what the class itself decides."""
        name, path, args, options = super().deconstruct()
        options.pop("db_constraint", None)
        if options.get("db_index") is False:
            del options["db_index"]
        elif "db_index" not in options:
            options["db_index"] = True
        return name, path, args, options

    def get_extra_descriptor_filter(self, instance: models.Model) -> dict[str, Any]:
        """Fetch the related row within the organization of the row that refers to it."""
        return {"organization_id": instance.organization_id}  # type: ignore[attr-defined]

    def get_extra_restriction(self, alias: str | None, related_alias: str | None) -> Any:
        """Return `alias.organization_id = related_alias.organization_id`.

        `alias` is the table referred to, `related_alias` the one that refers. Django leaves one of them out when it
        turns a multi-valued `exclude()` into a subquery; the row of the outer query then gives the organization.
        """
        ends = [
            Col(table, cast("models.Field[Any, Any]", model._meta.get_field("organization")))
            for table, model in ((alias, self.remote_field.model), (related_alias, self.model))
            if table is not None
        ]
        other_end = ends[1] if len(ends) == 2 else ResolvedOuterRef("organization")
        condition: Any = Exact(ends[0], other_end)
        return WhereNode([condition])


class MoneyField(models.DecimalField):
    """An amount in the organization's currency: numeric(14,2)."""

    digits = 14

    def __init__(self, verbose_name: Any = None, **options: Any) -> None:
        options["max_digits"] = self.digits
        options["decimal_places"] = 2
        super().__init__(verbose_name, **options)

    def deconstruct(self) -> Any:
        """Leave out what the class itself decides."""
        name, path, args, options = super().deconstruct()
        for fixed in ("max_digits", "decimal_places"):
            options.pop(fixed, None)
        return name, path, args, options


class MoneySumField(MoneyField):
    """What amounts add up to: numeric(24,2), room for ten billion of the largest amount.

    Every column that is derived from amounts has it; `docs/rollups.md`, section Room for sums, has the reasoning.
    """

    digits = 24


class NonNegativeMoneyField(MoneyField):
    """An amount that forms and serializers refuse below zero; the model adds the database constraint."""

    default_validators = [MinValueValidator(Decimal("0"))]
