"""Counting no further than anybody pages."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_ROWS_COUNTED = 10_000


class CappedPaginator(Paginator):
    """Counts at most `MOST_ROWS_COUNTED` rows: a list of millions costs what a list of ten thousand does.

    Rows beyond are reached by filter and search, not by page number, which also bounds OFFSET.
    """

    object_list: "QuerySet[Any]"

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list.order_by().values("pk")[: MOST_ROWS_COUNTED + 1]
        return int(rows.count())

    @property
    def is_capped(self) -> bool:
        """Tell whether there are more rows than were counted."""
        return self._counted > MOST_ROWS_COUNTED

    @cached_property
    def count(self) -> int:
        """Return how many rows there are to page through."""
        return min(self._counted, MOST_ROWS_COUNTED)
