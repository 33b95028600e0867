"""Facts of contact in JSON."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest.serializers import FactSerializer
from apps.engagement.models import Interaction, Segment, SegmentMember


class InteractionSerializer(FactSerializer[Interaction]):
    """One contact with a customer."""

    class Meta:
        model = Interaction
        fields = (
            "id",
            "external_id",
            "customer",
            "type",
            "status",
            "occurred_at",
            "subject",
            "automated",
            "successful",
            "created_at",
            "updated_at",
        )


@extend_schema_field({"description": "Any JSON; null where members are set by hand."})
class RuleField(serializers.JSONField):
    """A rule as it is kept."""


class SegmentSerializer(FactSerializer[Segment]):
    """A named set of customers."""

    rule = RuleField(read_only=True)

    class Meta:
        model = Segment
        fields = ("id", "external_id", "name", "description", "rule", "created_at", "updated_at")
        read_only_fields = fields


class SegmentMemberSerializer(FactSerializer[SegmentMember]):
    """A customer's place in a segment."""

    class Meta:
        model = SegmentMember
        fields = (
            "id",
            "external_id",
            "segment",
            "customer",
            "value",
            "assigned_at",
            "is_active",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields
