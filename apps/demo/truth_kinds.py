"""The kinds of truths that are planted in the demonstration data. Each says in a sentence what can be found."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Business days from `first` to `last`, both included, counted back from the last day of the data."""

    first: int
    last: int

    def dates(self, end: datetime.date) -> tuple[datetime.date, datetime.date]:
        """Return the first and the last date."""
        return end - datetime.timedelta(days=self.first), end - datetime.timedelta(days=self.last)

    def __str__(self) -> str:
        return f"day -{self.first}" if self.first == self.last else f"days -{self.first} to -{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadPartner:
    """A partner who was like the others and then turned bad."""

    business: str
    partner: int
    name: str
    since_days_ago: int
    rejected: float
    slowdown: float
    issues: float
    refunded: float

    def __str__(self) -> str:
        return (
            f"{self.name} (partner-{self.partner}) turned bad {self.since_days_ago} days before the last day: it "
            f"rejects about {self.rejected:.0%} of its orders, takes {self.slowdown:g} times as long, "
            f"{self.issues:.0%} of its completed orders have an issue (most of them late), {self.refunded:.0%} are "
            "refunded, and its ratings are the lowest of all."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Nothing was ordered: whole business days, or hours of the wall clock on one of them."""

    business: str
    days: Days
    reason: str
    hours: tuple[int, int] | None = None

    def __str__(self) -> str:
        when = f"{self.days}, {self.hours[0]}:00 to {self.hours[1]}:00" if self.hours else f"{self.days}"
        return f"No orders on {when}: {self.reason}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """One day with many times the orders of its neighbours."""

    business: str
    days_ago: int
    factor: float
    reason: str

    def __str__(self) -> str:
        return f"About {self.factor:g} times the usual orders on day -{self.days_ago}: {self.reason}."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChurnedCohort:
    """Customers won in one way within some days, who all left again."""

    business: str
    channel: str
    joined: Days
    gone_after_days: int

    @property
    def silent_for_days(self) -> int:
        """For how long before the last day none of them ordered."""
        return self.joined.last - self.gone_after_days

    def __str__(self) -> str:
        return (
            f"Customers with acquisition channel “{self.channel}” joined on {self.joined}; none ordered later than "
            f"{self.gone_after_days} days after joining, so all have been silent for at least "
            f"{self.silent_for_days} days."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LateData:
    """Orders of one partner that arrived days after they were placed."""

    business: str
    partner: int
    name: str
    placed: Days
    arrived_after_days: int

    def __str__(self) -> str:
        return (
            f"Orders of {self.name} (partner-{self.partner}) placed on {self.placed} arrived "
            f"{self.arrived_after_days} days later (`created_at`), when its till was online again."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Orders of the last full days against those of as many first days."""

    business: str
    days: int
    at_least: float

    def __str__(self) -> str:
        return (
            f"The last {self.days} full days have at least {self.at_least:g} times the orders of the first {self.days}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """A product that was called back: most of what was sold of it was refunded within a few days."""

    business: str
    product: int
    name: str
    sold: Days
    refunded: Days
    share: float

    def __str__(self) -> str:
        return (
            f"“{self.name}” (product-{self.product}) was recalled: about {self.share:.0%} of the paid orders with it "
            f"placed on {self.sold} were refunded in full on {self.refunded}. Net revenue differs strongly by "
            "`refund_basis` there."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """How many products are out of stock, low, and without stock kept, in each copy of the catalogue."""

    business: str
    out: int
    low: int
    low_below: int
    not_kept: int

    def __str__(self) -> str:
        return (
            f"{self.out} goods are out of stock, {self.low} have fewer than {self.low_below} pieces left, "
            f"and of {self.not_kept} no stock is kept (times the rounded scale)."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientCounts:
    """Patients of the clinic on the day of loading, times the scale.

    Recent: last order within 30 days. Upcoming: a booking within the next 7 days. Active: either. Dormant: last order
    31 to 180 days ago. Stale: longer ago. Nobody is within three days of a limit, and nobody has a booking later today,
    so that the counts hold all day and under each reading of "within".
    """

    business: str
    total: int
    active: int
    upcoming: int
    recent: int
    dormant: int
    stale: int

    def __str__(self) -> str:
        return (
            f"{self.total} patients: {self.active} active, of whom {self.recent} have a recent order and "
            f"{self.upcoming} an upcoming booking ({self.recent + self.upcoming - self.active} has both); "
            f"{self.dormant} dormant (31 to 180 days), {self.stale} stale (longer). Times the scale; exact on the "
            "day of loading."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation:
    """The day from which orders come in by the automated channels."""

    business: str
    since_days_ago: int
    share: float

    def __str__(self) -> str:
        return (
            f"No order came by the channels ai and automation until {self.since_days_ago} days before the last day; "
            f"since then about {self.share:.0%} do. Automation has monthly operating costs throughout."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoShows:
    """A partner whose customers stay away."""

    business: str
    partner: int
    name: str
    share: float

    def __str__(self) -> str:
        return f"About {self.share:.0%} of the bookings with {self.name} (partner-{self.partner}) end as no-shows."


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A restaurant group's last 30 full days (days -30 to -1), and what came before.

    Revenue is of counted orders, in whole NT$. `growth` is against the 30 days before, in percent. `earlier_orders` is
    how many times as many orders the three 30-day spans before had. `silent_days` are the last days without an order.
    """

    name: str
    companies: tuple[str, ...]
    business_type: str
    region: str
    orders: int
    revenue: int
    growth: float
    earlier_orders: float = 1.0
    silent_days: int = 0
    dormant: bool = False

    def __str__(self) -> str:
        if self.dormant:
            return f"{self.name}: dormant, no order for {self.silent_days} days."
        since = f"; last order {self.silent_days + 1} days ago" if self.silent_days else ""
        return (
            f"{self.name} ({self.business_type}): NT${self.revenue:,} from about {self.orders:,} orders, "
            f"{self.growth:+.1f} %{since}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The wholesaler's last 30 full days (days -30 to -1), and how many of its 26 accounts are active."""

    business: str
    groups: int
    companies: int
    orders: int
    revenue: int
    active: int

    def __str__(self) -> str:
        return (
            f"{self.groups} groups and {self.companies} companies; days -30 to -1 have exactly {self.orders:,} orders "
            f"and about NT${self.revenue:,} (both times the scale). By the activity score of design section 6, "
            f"{self.active} of the {self.groups + self.companies} are active."
        )
