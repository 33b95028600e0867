"""The tree of accounts in JSON."""

from apps.core.rest.serializers import FactSerializer
from apps.hierarchy.models import Entity


class EntitySerializer(FactSerializer[Entity]):
    """A group, company or location."""

    class Meta:
        model = Entity
        fields = (
            "id",
            "external_id",
            "parent",
            "kind",
            "name",
            "region",
            "business_type",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields
