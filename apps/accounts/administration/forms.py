"""Forms over tenant rows: the organization comes from the context, and what the reader left alone stays as it was."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import InlineForeignKeyField

from apps.accounts.money import plain_price
from apps.core.context import current_organization_id


class InstantField(forms.SplitDateTimeField):
    """Date and time of an instant in the organization's time zone.

    An instant that was not edited stays as it is stored: the widget shows no microseconds, and cannot tell the two
    passes of the hour that is repeated when daylight saving ends.
    """

    def _clean_bound_field(self, bound: forms.BoundField) -> Any:
        instance = getattr(bound.form, "instance", None)
        stored = None if instance is None or instance._state.adding else getattr(instance, bound.name, None)
        if stored is not None and bound.name not in bound.form.changed_data:
            return stored
        return super()._clean_bound_field(bound)  # type: ignore[misc]


class AmountField(forms.DecimalField):
    """An amount with its currency's digits, and more where it has more: 5760 in TWD, 5760.00 in EUR."""

    currency: str | None = None

    def prepare_value(self, value: Any) -> Any:
        """Return the amount as the input shows it, without signs between thousands."""
        if self.currency is None or not isinstance(value, (Decimal, int)):
            return value
        return plain_price(Decimal(value), self.currency)


class TenantModelForm(forms.ModelForm):
    """A form over a row of the organization of the context."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance._state.adding and self.instance.organization_id is None:
            self.instance.organization_id = current_organization_id()

    def _post_clean(self) -> None:
        # An untouched row of an inline costs no query.
        if self.instance._state.adding or self.has_changed():
            super()._post_clean()  # type: ignore[misc]

    def validate_constraints(self) -> None:
        """Check what the database would refuse, uniqueness within the organization included.

        Django skips a constraint that names a field the form lacks, and no form has `organization`.
        """
        exclude = self._get_validation_exclusions() - {"organization"}  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            if isinstance(field, InlineForeignKeyField) and field.parent_instance._state.adding:
                exclude.add(name)  # The parent is saved with this row, just before it.
        try:
            self.instance.validate_constraints(exclude=exclude)
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]
