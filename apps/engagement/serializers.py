"""Facts of contact in JSON."""

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


class SegmentSerializer(FactSerializer[Segment]):
    """A named set of customers."""

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
