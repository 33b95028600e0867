"""The tree of accounts over HTTP."""

from apps.accounts.facts import FactEndpoint
from apps.hierarchy import filters, serializers
from apps.hierarchy.models import Entity


class Entities(FactEndpoint):
    """Groups, companies and locations."""

    model = Entity
    serializer_class = serializers.EntitySerializer
    filterset_class = filters.EntityFilters
    orderings = ("name", "-name", "id", "-id")
