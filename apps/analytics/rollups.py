"""The rollups, declared one by one: a readable statement each, and the order in which they are filled."""

from dataclasses import dataclass
from pathlib import Path

from django.db import models

from apps.analytics.models import (
    DailyChannelSales,
    DailyCustomerActivity,
    DailyEngagement,
    DailyProductSales,
    DailyRevenueSummary,
    HourlyOrderVolume,
    PartnerPerformanceMetric,
    ProcessingTimes,
)
from apps.core.models import DerivedModel
from apps.engagement.models import Interaction, SegmentMember
from apps.marketplace.models import Order, OrderIssue, OrderLine, Payment, Refund, Review

SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """One row a grain, rebuilt by the business day.

    The statement in `sql/rollups/NAME.sql` fills the days of the temporary table `refresh_days` for one organization,
    from facts and from the slices that every refresh reads first; the rows of those days were deleted before it.
    Changes of published days are kept. `distinct_counts` are columns that must not be added up, because a row's value
    counts what other rows count as well.
    """

    name: str
    model: type[DerivedModel]
    sources: tuple[type[models.Model], ...]
    distinct_counts: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The rollup's table."""
        return self.model._meta.db_table

    @property
    def statement(self) -> str:
        """The statement that fills it."""
        return read_statement(f"rollups/{self.name}")


def read_statement(name: str) -> str:
    """Return the text of `sql/NAME.sql`."""
    return _STATEMENTS[name]


def has_statement(name: str) -> bool:
    """Whether there is a `sql/NAME.sql`."""
    return name in _STATEMENTS


_STATEMENTS = {str(path.relative_to(SQL).with_suffix("")): path.read_text() for path in sorted(SQL.glob("*/*.sql"))}

# Daily revenue takes its line totals from the product sales, so it comes after them.
ROLLUPS: tuple[Rollup, ...] = (
    Rollup(name="daily_customer_activity", model=DailyCustomerActivity, sources=(Order, Refund, Review)),
    Rollup(
        name="daily_product_sales",
        model=DailyProductSales,
        sources=(Order, OrderLine),
        distinct_counts=("order_count",),
    ),
    Rollup(
        name="daily_revenue",
        model=DailyRevenueSummary,
        sources=(Order, OrderLine, Payment, Refund),
        distinct_counts=("returning_customers",),
    ),
    Rollup(
        name="partner_performance",
        model=PartnerPerformanceMetric,
        sources=(Order, Refund, Review, OrderIssue),
    ),
    Rollup(name="daily_channel_sales", model=DailyChannelSales, sources=(Order, Refund)),
    Rollup(name="hourly_order_volume", model=HourlyOrderVolume, sources=(Order,)),
    Rollup(name="processing_times", model=ProcessingTimes, sources=(Order,)),
    Rollup(
        name="daily_engagement",
        model=DailyEngagement,
        sources=(Interaction, SegmentMember),
        distinct_counts=("customers_contacted",),
    ),
)
ROLLUP_BY_NAME = {rollup.name: rollup for rollup in ROLLUPS}

# Which instant puts a fact on its business day.
FACT_INSTANTS: tuple[tuple[type[models.Model], str], ...] = (
    (Order, "placed_at"),
    (Refund, "refunded_at"),
    (Review, "reviewed_at"),
    (OrderIssue, "reported_at"),
    (Interaction, "occurred_at"),
    (SegmentMember, "assigned_at"),
)
