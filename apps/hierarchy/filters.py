"""How the tree of accounts is narrowed down."""

import django_filters

from apps.core.rest.filters import FactFilterSet, IdFilter, PrefixFilter
from apps.hierarchy.models import EntityKind


class EntityFilters(FactFilterSet):
    """Groups, companies and locations."""

    parent = IdFilter("parent_id")
    kind = django_filters.ChoiceFilter(choices=EntityKind.choices)
    search = PrefixFilter(label="Beginning of the name")
