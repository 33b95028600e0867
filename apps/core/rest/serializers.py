"""Facts in JSON."""

from typing import Any, TypeVar, cast

from django.db import models
from rest_framework import serializers

from apps.core.fields import TenantForeignKey
from apps.core.rest.fields import ChoiceField, DayField, ExactDecimalField, IdField, InstantField

M = TypeVar("M", bound=models.Model)


class FactSerializer(serializers.ModelSerializer[M]):
    """A fact of one organization.

    References are ids, read and written by attribute (`customer` is `customer_id`): no query per row, and no list of
    choices. The organization is nobody's to write: it is never a field.
    """

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: InstantField,
        models.DateField: DayField,
        models.DecimalField: ExactDecimalField,
        models.UUIDField: IdField,
    }

    serializer_choice_field = ChoiceField

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """Give money and its like their exact field, subclasses of Django's fields included."""
        field_class, options = super().build_standard_field(field_name, model_field)
        if isinstance(model_field, models.DecimalField):
            options.setdefault("coerce_to_string", False)
        return field_class, options

    def build_relational_field(self, field_name: str, relation_info: Any) -> Any:
        """Show a reference as an id."""
        field = cast("models.ForeignKey[Any, Any]", relation_info.model_field)
        if not isinstance(field, TenantForeignKey):
            raise TypeError(f"{field_name} refers to a row outside of the organization.")
        options: dict[str, Any] = {"source": field.attname, "help_text": f"Id of the {field.verbose_name}."}
        if field.null:
            options |= {"required": False, "allow_null": True}
        return IdField, options
