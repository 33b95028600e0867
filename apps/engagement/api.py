"""Facts of contact over HTTP."""

from apps.accounts.facts import FactEndpoint, RecordedFactEndpoint
from apps.engagement import filters, serializers, services
from apps.engagement.models import Interaction, Segment, SegmentMember


class Interactions(RecordedFactEndpoint):
    """Contacts with customers."""

    model = Interaction
    serializer_class = serializers.InteractionSerializer
    filterset_class = filters.InteractionFilters
    orderings = ("-occurred_at", "occurred_at")
    record = services.record_interaction


class Segments(FactEndpoint):
    """Named sets of customers."""

    model = Segment
    serializer_class = serializers.SegmentSerializer
    filterset_class = filters.SegmentFilters
    orderings = ("name", "-name", "id", "-id")


class SegmentMembers(FactEndpoint):
    """Customers in segments."""

    model = SegmentMember
    serializer_class = serializers.SegmentMemberSerializer
    filterset_class = filters.SegmentMemberFilters
    orderings = ("customer",)
