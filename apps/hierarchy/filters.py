"""How the tree of accounts is narrowed down."""

from apps.core.rest.filters import ChoiceFilter, FactFilterSet, IdFilter, PrefixFilter
from apps.hierarchy.models import EntityKind


class EntityFilters(FactFilterSet):
    """Groups, companies and locations."""

    parent = IdFilter("parent_id")
    kind = ChoiceFilter(choices=EntityKind.choices)
    search = PrefixFilter(label="Beginning of the name")
