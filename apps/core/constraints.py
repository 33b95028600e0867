"""Constraints of tenant tables that `makemigrations` tracks like any other."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

# The time that anything is known of, half-open: what lies outside is a mistake of whoever wrote it.
EARLIEST = datetime.datetime(1900, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)
REFUSE_ORGANIZATION_CHANGE = "bellwether_refuse_organization_change"


class _DeferredConstraint(models.BaseConstraint):
    """A constraint that is created at the end of its migration, when every table and key it needs is there."""

    def constraint_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> None:  # type: ignore[override]
        """Defer creation out of CREATE TABLE."""
        self.create_sql(model, schema_editor)

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> None:  # type: ignore[override]
        """Defer creation to the end of the migration."""
        table = model._meta.db_table
        statement = Statement(
            self._create_template(model, schema_editor),
            table=Table(table, schema_editor.quote_name),
        )
        schema_editor.deferred_sql.append(statement)

    def _create_template(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        raise NotImplementedError

    def validate(
        self, model: type[models.Model], instance: models.Model, exclude: Any = None, using: str = "default"
    ) -> None:
        """Leave the check to the database."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.deconstruct() == other.deconstruct()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((type(self), self.name))


class TenantReference(_DeferredConstraint):
    """`(organization_id, x_id)` refers to `(organization_id, id)`: a row cannot point into another organization.

    It is immediate, not deferred: a distributed server checks it the same way. `also` pairs further columns of the
    row with columns of the row referred to, which must then be equal; that row needs a unique constraint over them.
    """

    default_violation_error_message = _("This does not exist in the organization.")

    def __init__(self, *, field: str, name: str, also: Mapping[str, str] | None = None) -> None:
        super().__init__(name=name)
        self.field = field
        self.also = dict(also or {})

    def deconstruct(self) -> Any:
        """Name the field, and what else must match."""
        path, args, options = super().deconstruct()
        options["field"] = self.field
        if self.also:
            options["also"] = self.also
        return path, args, options

    def _create_template(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        quote = schema_editor.quote_name
        field = cast("models.ForeignKey[Any, Any]", model._meta.get_field(self.field))
        target = cast("type[models.Model]", field.related_model)._meta.db_table
        own = ", ".join(map(quote, ["organization_id", field.column, *self.also]))
        theirs = ", ".join(map(quote, ["organization_id", "id", *self.also.values()]))
        return (
            f"ALTER TABLE %(table)s ADD CONSTRAINT {quote(self.name)} "
            f"FOREIGN KEY ({own}) REFERENCES {quote(target)} ({theirs})"
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        """Drop the foreign key."""
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT IF EXISTS {quote(self.name)}"

    def validate(
        self, model: type[models.Model], instance: models.Model, exclude: Any = None, using: str = "default"
    ) -> None:
        """Tell forms and `full_clean` what the database would refuse; what `also` pairs is the model's to check.

        Raises:
            ValidationError: the row referred to is absent, or belongs to another organization.

        """
        if exclude and self.field in exclude:
            return
        field = cast("models.ForeignKey[Any, Any]", model._meta.get_field(self.field))
        value = getattr(instance, field.attname)
        if value is None:
            return
        parents = cast("type[models.Model]", field.related_model)._base_manager.using(using)
        if not parents.filter(pk=value, organization_id=instance.organization_id).exists():  # type: ignore[attr-defined]
            raise ValidationError({self.field: self.get_violation_error_message()})


class ImmutableOrganization(_DeferredConstraint):
    """A row never changes its organization."""

    def _create_template(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        return (
            f"CREATE TRIGGER {schema_editor.quote_name(self.name)} BEFORE UPDATE OF organization_id ON %(table)s "
            "FOR EACH ROW WHEN (OLD.organization_id IS DISTINCT FROM NEW.organization_id) "
            f"EXECUTE FUNCTION {REFUSE_ORGANIZATION_CHANGE}()"
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        """Drop the trigger."""
        quote = schema_editor.quote_name
        return f"DROP TRIGGER IF EXISTS {quote(self.name)} ON {quote(model._meta.db_table)}"


def tenant_key(name: str) -> list[models.BaseConstraint]:
    """Return the constraints of a tenant table that others refer to: the key they point to, and immutability."""
    return [models.UniqueConstraint(fields=["organization", "id"], name=f"{name}_key"), tenant_leaf(name)]


def tenant_leaf(name: str) -> models.BaseConstraint:
    """Return the constraint of a tenant table that nothing refers to: immutability, without a key nobody needs."""
    return ImmutableOrganization(name=f"{name}_organization_fixed")


def non_negative(name: str, *fields: str) -> models.CheckConstraint:
    """Return a check that none of these amounts is below zero."""
    condition = models.Q()
    for field in fields:
        condition &= models.Q(**{f"{field}__gte": 0})
    return models.CheckConstraint(condition=condition, name=name)


class Bounded(models.CheckConstraint):
    """A field's values lie below a bound and, where `since` is given, not before it; NULL is none and passes.

    PostgreSQL takes NaN for larger than any number, and has infinite dates and instants: bounds refuse them all.
    """

    def __init__(
        self, *, field: str, below: Any, name: str, since: Any = None, violation_error_message: Any = None
    ) -> None:
        self.field, self.below, self.since = field, below, since
        condition = models.Q(**{f"{field}__lt": below})
        if since is not None:
            condition &= models.Q(**{f"{field}__gte": since})
        super().__init__(condition=condition, name=name, violation_error_message=violation_error_message)

    def deconstruct(self) -> Any:
        """Give the bounds in the place of the condition that follows from them."""
        path, args, options = super().deconstruct()
        del options["condition"]
        return path, args, {**options, "field": self.field, "below": self.below, "since": self.since}

    def validate(
        self, model: type[models.Model], instance: models.Model, exclude: Any = None, using: str = "default"
    ) -> None:
        """Tell forms and `full_clean` at the field what the database would refuse; no query.

        Raises:
            ValidationError: the value lies outside the bounds.

        """
        if exclude and self.field in exclude:
            return
        field = cast("models.Field[Any, Any]", model._meta.get_field(self.field))
        value = field.to_python(getattr(instance, field.attname))  # which takes no NaN
        if value is not None and (value >= self.below or (self.since is not None and value < self.since)):
            raise ValidationError({self.field: self.get_violation_error_message()})


def numbers(model: str, *fields: str, digits: int = 12) -> list[models.BaseConstraint]:
    """Return a check for each of these columns that it has a number of at most so many digits before the point."""
    message = _("{field} is no number of at most {digits} digits before the point.")
    return [
        Bounded(
            field=field,
            below=Decimal(10**digits),
            name=f"{model}_{field}_is_a_number",
            violation_error_message=format_lazy(message, field=_named(field), digits=digits),
        )
        for field in fields
    ]


def instants(model: str, *fields: str) -> list[models.BaseConstraint]:
    """Return a check for each of these columns that it has an instant from EARLIEST to before LATEST."""
    return [_dated(model, field, EARLIEST, LATEST) for field in fields]


def dates(model: str, *fields: str) -> list[models.BaseConstraint]:
    """Return a check for each of these columns that it has a date from EARLIEST to before LATEST."""
    return [_dated(model, field, EARLIEST.date(), LATEST.date()) for field in fields]


def _dated(model: str, field: str, since: datetime.date, below: datetime.date) -> models.BaseConstraint:
    message = _("{field} is not between the years {first} and {last}.")
    return Bounded(
        field=field,
        since=since,
        below=below,
        name=f"{model}_{field}_is_in_time",
        violation_error_message=format_lazy(message, field=_named(field), first=EARLIEST.year, last=LATEST.year - 1),
    )


def _named(field: str) -> str:
    return capfirst(field.replace("_", " "))


def business_day(model: str) -> models.BaseConstraint:
    """Return a check that a rollup row's `date` is one that Python can read: not infinite, not of the year 10000."""
    return Bounded(
        field="date",
        since=datetime.date.min,
        below=datetime.date.max,
        name=f"{model}_date_is_a_day",
        violation_error_message=_("This is not a day."),
    )
