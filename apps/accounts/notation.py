"""Amounts, numbers, days and instants as an organization writes them.

The locale decides on separators and order, the currency on digits, the time zone on the clock. Languages are another
matter: texts are in the reader's.
"""

import datetime
import functools
import re
import zoneinfo
from contextvars import ContextVar
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton, format_time
from babel.numbers import NumberPattern, format_compact_decimal, format_decimal, parse_pattern

from apps.accounts.currencies import minor_digits
from apps.accounts.locales import DEFAULT_LOCALE, locale_named
from apps.accounts.models import Organization

NOTHING = "–"
SHORTENED_FROM = 10_000
_DIGITS_OF_A_PRICE = 4
_NBSP = "\N{NO-BREAK SPACE}"
_NUMBER = re.compile(r"[#0,.]+")


@dataclass(frozen=True, slots=True)
class Notation:
    """The notation of one organization: a locale's tag, an ISO 4217 currency and an IANA time zone."""

    locale_tag: str
    currency: str
    timezone: str

    @property
    def locale(self) -> Locale:
        """The locale of the tag."""
        return locale_named(self.locale_tag)

    @property
    def minor_digits(self) -> int:
        """How many digits amounts have after the point."""
        return minor_digits(self.currency)

    def number(self, value: Decimal | float, digits: int = 0, *, most: int | None = None) -> str:
        """Return a number with so many digits after the point, or with as many as it has up to `most`."""
        quantum = Decimal(1).scaleb(-(digits if most is None else most))
        rounded = Decimal(value).quantize(quantum, rounding=ROUND_HALF_UP) + 0
        pattern = _number_pattern(self.locale_tag, digits, most or 0)
        return str(format_decimal(rounded, pattern, locale=self.locale))

    def amount(self, amount: Decimal, currency: str) -> str:
        """Return an amount with its currency’s digits and without its code, halves rounded away from zero."""
        return self.number(amount, minor_digits(currency))

    def price(self, price: Decimal, currency: str) -> str:
        """Return a price per unit, which may be finer than the currency: 0.0125 and 1.20 in EUR."""
        return self.number(price, minor_digits(currency), most=_DIGITS_OF_A_PRICE)

    def money(self, amount: Decimal) -> str:
        """Return an amount with its currency's code and digits, halves rounded away from zero: EUR 1,234.50."""
        digits = minor_digits(self.currency)
        rounded = amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP) + 0
        pattern = _money_pattern(self.locale_tag, digits)
        return str(pattern.apply(rounded, self.locale, currency=self.currency, currency_digits=False))

    def short_number(self, value: Decimal) -> str:
        """Return a number of which only the first digits matter: 12.3K from 10,000 on, else all of it."""
        if abs(value) < SHORTENED_FROM:
            return self.number(value, most=0 if value == value.to_integral_value() else 2)
        short = str(format_compact_decimal(value, locale=self.locale, fraction_digits=2))
        # Some locales have no short form for thousands, and would lose their grouping with it.
        return short if any(letter.isalpha() for letter in short) else self.number(value)

    def short_money(self, amount: Decimal) -> str:
        """Return an amount of which only the first digits matter: EUR 12.35K from 10,000 on, else all of it."""
        if abs(amount) < SHORTENED_FROM:
            return self.money(amount)
        return self.with_currency(self.short_number(amount))

    def with_currency(self, number: str) -> str:
        """Return a number that was written already, or a span of numbers, as an amount: EUR 10 – 20."""
        pattern = _money_pattern(self.locale_tag, 0)
        one = str(pattern.apply(Decimal(1), self.locale, currency=self.currency, currency_digits=False))
        return one.replace(self.number(Decimal(1)), number)

    def percent(self, value: Decimal, digits: int = 1) -> str:
        """Return a percentage that is given as 0 to 100, with the sign where the locale has it: 74.0%, 74,0 %."""
        rounded = Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP) + 0
        pattern = _percent_pattern(self.locale_tag, digits)
        return str(pattern.apply(rounded / 100, self.locale))

    def day(self, day: datetime.date) -> str:
        """Return a date with its year: 3 Nov 2026."""
        return str(format_date(day, "medium", locale=self.locale))

    def day_of_month(self, day: datetime.date) -> str:
        """Return a date without its year: 3 Nov."""
        return str(format_skeleton("MMMd", day, locale=self.locale))

    def month(self, day: datetime.date) -> str:
        """Return the month of a day: Nov 2026."""
        return str(format_skeleton("yMMM", day, locale=self.locale))

    def days(self, first: datetime.date, last: datetime.date) -> str:
        """Return a span of days, both included, without saying twice what they share: 3 – 9 Nov 2026."""
        if first == last:
            return self.day(first)
        return str(format_interval(first, last, "yMMMd", locale=self.locale))

    def time(self, instant: datetime.datetime) -> str:
        """Return the clock's time of an aware instant in the organization's zone."""
        return self.clock(self._local(instant).time())

    def clock(self, time: datetime.time) -> str:
        """Return a time of day, of whatever zone: 17:30 or 5:30 PM."""
        return str(format_time(time, "short", locale=self.locale))

    def instant(self, instant: datetime.datetime) -> str:
        """Return an aware instant in the organization's zone, to the minute."""
        local = self._local(instant)
        return f"{self.day(local.date())}, {self.time(local)}"

    def zoned_instant(self, instant: datetime.datetime, timezone: str = "") -> str:
        """Return an aware instant with the zone whose clock it is by, the organization's unless another is named."""
        zone = timezone or self.timezone
        return f"{replace(self, timezone=zone).instant(instant)} ({zone})"

    def _local(self, instant: datetime.datetime) -> datetime.datetime:
        return instant.astimezone(zoneinfo.ZoneInfo(self.timezone))


_IN_FORCE: ContextVar["Notation | None"] = ContextVar("notation", default=None)


def notation_of(organization: Organization) -> Notation:
    """Return how an organization writes."""
    return Notation(organization.locale, organization.currency, organization.timezone)


def use_notation(notation: Notation | None) -> None:
    """Have the rest of this request or task write like this; None ends it."""
    _IN_FORCE.set(notation)


def current_notation() -> Notation:
    """Return the notation in force, else that of the default locale in UTC."""
    return _IN_FORCE.get() or Notation(DEFAULT_LOCALE, "USD", "UTC")


@functools.lru_cache(maxsize=256)
def _money_pattern(locale_tag: str, digits: int) -> NumberPattern:
    """Return the pattern of amounts with so many digits, the currency by its code where the locale has its sign."""
    number = _number_pattern(locale_tag, digits)
    standard = locale_named(locale_tag).currency_formats["standard"].pattern.lstrip("\u200e\u200f")
    is_before = standard.startswith("¤")
    return parse_pattern(f"¤¤{_NBSP}{number}" if is_before else f"{number}{_NBSP}¤¤")


@functools.lru_cache(maxsize=256)
def _percent_pattern(locale_tag: str, digits: int) -> NumberPattern:
    """Return the pattern of percentages with so many digits."""
    standard = locale_named(locale_tag).percent_formats[None].pattern.partition(";")[0]
    return parse_pattern(_NUMBER.sub(_number_pattern(locale_tag, digits), standard, count=1))


@functools.lru_cache(maxsize=256)
def _number_pattern(locale_tag: str, digits: int, most: int = 0) -> str:
    """Return the pattern of numbers, grouped as the locale groups them."""
    whole = locale_named(locale_tag).decimal_formats[None].pattern.partition(";")[0].partition(".")[0]
    return f"{whole}.{'0' * digits}{'#' * (most - digits)}" if digits or most else str(whole)
