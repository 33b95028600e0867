"""What a report is asked for, and for whom it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from apps.accounts.notation import Notation, notation_of
from apps.analytics.metrics.scope import Scope
from apps.core.periods import ComparedWindows, Period

LISTED = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A period of business days, what it is compared with, when refunds are booked, and what is left out."""

    period: Period
    compare: str
    refund_basis: str
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def given(self) -> dict[str, Any]:
        """Return what sections ask metrics with."""
        return {
            "period": self.period,
            "compare": self.compare,
            "refund_basis": self.refund_basis,
            "filters": self.filters,
            "limit": LISTED,
        }


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A question of one organization, and how its answers are written."""

    scope: Scope
    asked: Asked

    @cached_property
    def notation(self) -> Notation:
        """How the organization writes."""
        return notation_of(self.scope.organization)

    @cached_property
    def windows(self) -> ComparedWindows:
        """The period and the one it is compared with, as far as they have elapsed."""
        return self.scope.compared(self.asked.period, self.asked.compare)

    @property
    def goes_on(self) -> bool:
        """Whether the period is not over yet."""
        return self.asked.period.last >= self.scope.today

    def days(self) -> str:
        """Return the period in words."""
        return self.notation.days(self.asked.period.first, self.asked.period.last)

    def earlier_days(self) -> str:
        """Return what it is compared with, in words."""
        return self.notation.days(self.windows.earlier.first, self.windows.earlier.last)
