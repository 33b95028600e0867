"""Values as they are shown: rounded once, here, so that two surfaces cannot round one number in two ways."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from apps.accounts.currencies import minor_digits
from apps.analytics.metrics.declarations import Unit

_DIGITS = {
    Unit.COUNT: 0,
    Unit.QUANTITY: 3,
    Unit.PERCENT: 2,
    Unit.MINUTES: 2,
    Unit.DAYS: 1,
    Unit.RATING: 2,
    Unit.NUMBER: 2,
}
_PERCENT_DIGITS = Decimal("0.01")


class NoChange(StrEnum):
    """Why there is no change in percent, or no value."""

    ZERO_BASE = "zero_base"
    NEGATIVE_BASE = "negative_base"
    NO_BASE = "no_base"
    NO_VALUE = "no_value"
    NOT_KEPT = "not_kept"
    NOT_BEGUN = "not_begun"


class NoRange(StrEnum):
    """Why it is not known whether a change is within the normal range."""

    SHORT_HISTORY = "short_history"
    NOT_ADDITIVE = "not_additive"
    NOT_COMPUTED = "not_computed"


@dataclass(frozen=True, slots=True)
class Compared:
    """A value beside an earlier one. `change` is the difference in the metric's unit, `percent` that of the earlier.

    `reason` says why `percent`, or `change` as well, is None. `within_normal_range` says whether a change of this size
    is what the days of the week vary by anyway; `range_reason` why that is not known.
    """

    earlier: Decimal | None
    change: Decimal | None
    percent: Decimal | None
    reason: NoChange | None
    within_normal_range: bool | None = None
    range_reason: NoRange | None = NoRange.NOT_COMPUTED


def rounded(value: Decimal | int | None, unit: Unit, currency: str) -> Decimal | None:
    """Return a value with as many decimals as its unit has; money with those of the currency. Halves go up."""
    if value is None:
        return None
    digits = minor_digits(currency) if unit == Unit.MONEY else _DIGITS[unit]
    found = Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return found if found else abs(found)  # no minus before a zero


def share(part: Decimal, whole: Decimal) -> Decimal:
    """Return what a part is of a whole, in percent."""
    return (100 * part / whole).quantize(_PERCENT_DIGITS, ROUND_HALF_UP)


def compared(value: Decimal | None, earlier: Decimal | None, *, is_kept: bool = True) -> Compared:
    """Return how a rounded value compares with an earlier one; a base of zero or less has no percentage."""
    if not is_kept:
        return Compared(None, None, None, NoChange.NOT_KEPT)
    if value is None or earlier is None:
        return Compared(earlier, None, None, NoChange.NO_VALUE if value is None else NoChange.NO_BASE)
    change = value - earlier
    if earlier <= 0:
        return Compared(earlier, change, None, NoChange.NEGATIVE_BASE if earlier < 0 else NoChange.ZERO_BASE)
    percent = (100 * change / earlier).quantize(_PERCENT_DIGITS, ROUND_HALF_UP)
    return Compared(earlier, change, percent if percent else abs(percent), None)
