"""How facts of contact are narrowed down."""

from apps.core.rest.filters import BooleanFilter, ChoiceFilter, FactFilterSet, IdFilter, InstantFilter, PrefixFilter
from apps.engagement.models import InteractionStatus, InteractionType


class InteractionFilters(FactFilterSet):
    """Contacts."""

    unindexed = ("type", "status", "automated")
    bounds = ("occurred_from", "customer", "external_id")

    occurred_from = InstantFilter("occurred_at", lookup_expr="gte", label="At or after this instant")
    occurred_before = InstantFilter("occurred_at", lookup_expr="lt", label="Before this instant")
    customer = IdFilter("customer_id")
    type = ChoiceFilter(choices=InteractionType.choices)
    status = ChoiceFilter(choices=InteractionStatus.choices)
    automated = BooleanFilter("automated")


class SegmentFilters(FactFilterSet):
    """Segments."""

    search = PrefixFilter(label="Beginning of the name")


class SegmentMemberFilters(FactFilterSet):
    """Members of segments."""

    unindexed = ("is_active",)
    bounds = ("segment", "customer", "external_id")

    segment = IdFilter("segment_id")
    customer = IdFilter("customer_id")
    is_active = BooleanFilter("is_active")
