"""Columns and filters out of models: a field that is added is exported from then on."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.core.fields import MoneyField, TenantForeignKey
from apps.core.models import DerivedModel
from apps.documents.tables import Kind
from apps.marketplace.contact import CONTACT_MASKS
from apps.marketplace.models import Customer
from apps.queries.datasets.declarations import DatasetColumn, DatasetFilter, Form

_NAMES = ("name", "number")
_PRICE_DIGITS = 4
_LONGEST_FILTERED = 300
_FORMS: tuple[tuple[Any, Form], ...] = (
    (models.DateTimeField, Form.INSTANT),
    (models.DateField, Form.DATE),
    (models.BooleanField, Form.FLAG),
    (models.DurationField, Form.DURATION),
    (models.UUIDField, Form.ID),
    (models.JSONField, Form.OBJECT),
    (models.DecimalField, Form.NUMBER),
    (models.IntegerField, Form.NUMBER),
)
_KINDS = {Form.INSTANT: Kind.INSTANT, Form.DATE: Kind.DATE, Form.DURATION: Kind.NUMBER}


def derived_columns(model: type[models.Model]) -> Iterator[DatasetColumn]:
    """Yield the columns of a model: every field, and beside a reference what it refers to is called.

    The organization and users of the platform are left out, and so are keys that mean nothing outside.
    """
    for field in model._meta.concrete_fields:
        if field.name == "organization" or (field.primary_key and issubclass(model, DerivedModel)):
            continue
        if isinstance(field, TenantForeignKey):
            yield from _reference(field)
        elif field.related_model is None and not isinstance(field, models.GeneratedField):
            yield _column(model, field, key=field.name, path=field.name, label=field.verbose_name)


def derived_filters(model: type[models.Model], through: Iterable[tuple[str, str]]) -> Iterator[DatasetFilter]:
    """Yield what rows of a model can be kept by; `through` are references of related rows, by name and path."""
    if not issubclass(model, DerivedModel):
        yield DatasetFilter(key="ids", label=_("rows"), form=Form.ID, paths=("id",))
    for field in model._meta.concrete_fields:
        if field.name == "organization" or field.primary_key:
            continue
        if isinstance(field, TenantForeignKey):
            paths = (field.attname, *(path for name, path in through if name == field.name))
            yield DatasetFilter(key=field.name, label=field.verbose_name, form=Form.ID, paths=paths)
            continue
        form = _form_of(field)
        told: dict[str, Any] = {"key": field.name, "label": field.verbose_name, "paths": (field.name,)}
        if form == Form.CHOICE:
            choices = tuple(str(value) for value, _label in field.flatchoices)
            yield DatasetFilter(**told, form=form, choices=choices)
        elif form == Form.FLAG:
            yield DatasetFilter(**told, form=form, choices=("true", "false"))
        elif form == Form.TEXT and 0 < (field.max_length or 0) <= _LONGEST_FILTERED:
            yield DatasetFilter(**told, form=form, is_contact=model is Customer and field.name in CONTACT_MASKS)
    own = {field.name for field in model._meta.concrete_fields}
    for name, path in through:
        if name not in own:
            yield DatasetFilter(key=name, label=_(name), form=Form.ID, paths=(path,))


def _reference(field: "TenantForeignKey[Any, Any]") -> Iterator[DatasetColumn]:
    target: Any = field.related_model
    label = field.verbose_name
    yield DatasetColumn(
        key=field.attname, label=format_lazy("{} {}", label, _("id")), kind=Kind.TEXT, form=Form.ID, path=field.attname
    )
    names = {one.name: one for one in target._meta.concrete_fields}
    called = next((name for name in _NAMES if name in names), "")
    for name, own in ((called, label), ("external_id", format_lazy("{} {}", label, _("external id")))):
        if name in names:
            yield _column(target, names[name], key=f"{field.name}_{name}", path=f"{field.name}__{name}", label=own)


def _column(
    model: type[models.Model], field: "models.Field[Any, Any]", *, key: str, path: str, label: Any
) -> DatasetColumn:
    form = _form_of(field)
    if form == Form.DURATION:
        key, label = f"{key}_seconds", format_lazy("{} (s)", label)
    mask = CONTACT_MASKS.get(field.name) if model is Customer else None
    return DatasetColumn(key=key, label=label, kind=_kind_of(field, form), form=form, path=path, mask=mask)


def _form_of(field: "models.Field[Any, Any]") -> Form:
    if field.choices and isinstance(field, models.CharField):
        return Form.CHOICE
    return next((form for kind, form in _FORMS if isinstance(field, kind)), Form.TEXT)


def _kind_of(field: "models.Field[Any, Any]", form: Form) -> Kind:
    if isinstance(field, MoneyField):
        return Kind.MONEY
    if isinstance(field, models.DecimalField):
        return Kind.NUMBER if field.decimal_places == _PRICE_DIGITS else Kind.QUANTITY
    return Kind.COUNT if isinstance(field, models.IntegerField) else _KINDS.get(form, Kind.TEXT)
