"""How partners do, day by day."""

import datetime
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import business_day, tenant_leaf
from apps.core.fields import MoneySumField, TenantForeignKey
from apps.core.models import DerivedModel
from apps.core.ratios import ratio
from apps.marketplace.models import Partner

_NONE = datetime.timedelta(0)


class PartnerPerformanceMetric(DerivedModel):
    """One partner's business day; the row without a partner holds what named none.

    Orders, revenue and times are those of orders placed that day; reviews, issues and refunds are of the day they came.
    A time is kept as the sum over the orders that have both instants in order, with their number beside it; one that is
    longer than an order takes (`longest_stage` in `sql/bands.sql`) is counted in `overlong_stages` and nowhere else.
    """

    date = models.DateField(_("date"))
    partner = TenantForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.DO_NOTHING, null=True, related_name="performance_metrics"
    )
    orders_received = models.IntegerField(_("received"), default=0)
    orders_accepted = models.IntegerField(_("accepted"), default=0)
    orders_rejected = models.IntegerField(_("rejected"), default=0)
    orders_completed = models.IntegerField(_("completed"), default=0)
    orders_cancelled = models.IntegerField(_("cancelled"), default=0)
    counted_orders = models.IntegerField(_("counted orders"), default=0)
    total_revenue = MoneySumField(_("total revenue"), default=Decimal(0))
    refund_amount = MoneySumField(_("refunds"), default=Decimal(0))
    refund_count = models.IntegerField(_("number of refunds"), default=0)
    order_day_refund_amount = MoneySumField(_("refunds of this day's orders"), default=Decimal(0))
    acceptance_time = models.DurationField(_("placed to accepted"), default=_NONE)
    acceptance_count = models.IntegerField(default=0)
    pickup_time = models.DurationField(_("accepted to picked up"), default=_NONE)
    pickup_count = models.IntegerField(default=0)
    processing_time = models.DurationField(_("picked up to processed"), default=_NONE)
    processing_count = models.IntegerField(default=0)
    delivery_time = models.DurationField(_("processed to delivered"), default=_NONE)
    delivery_count = models.IntegerField(default=0)
    total_time = models.DurationField(_("placed to completed"), default=_NONE)
    total_time_count = models.IntegerField(default=0)
    overlong_stages = models.IntegerField(
        _("stages over a year"), default=0, help_text=_("Longer than 366 days: they are in no mean and no percentile.")
    )
    rating_sum = models.IntegerField(_("sum of ratings"), default=0)
    rating_count = models.IntegerField(_("ratings"), default=0)
    issues_reported = models.IntegerField(_("issues"), default=0)
    items_damaged = models.IntegerField(_("damaged"), default=0)
    items_lost = models.IntegerField(_("lost"), default=0)
    items_late = models.IntegerField(_("late"), default=0)
    refreshed_at = models.DateTimeField(_("refreshed at"))

    class Meta:
        verbose_name = _("partner performance")
        verbose_name_plural = _("partner performance")
        db_table = "partner_performance_metrics"
        ordering = ("-date",)
        constraints = [
            tenant_leaf("partner_performance"),
            business_day("partner_performance"),
            models.UniqueConstraint(
                fields=["organization", "date", "partner"], name="partner_performance_once", nulls_distinct=False
            ),
        ]
        indexes = [models.Index(fields=["organization", "partner", "date"], name="partner_performance_partner")]

    def __str__(self) -> str:
        # The partner is named where it was read along; its id costs no query.
        partner = self._state.fields_cache.get("partner") or self.partner_id
        return f"{self.date} {partner or _('No partner')}"

    @property
    def acceptance_rate(self) -> Decimal | None:
        """Accepted by accepted and rejected, 0 to 1."""
        return ratio(self.orders_accepted, self.orders_accepted + self.orders_rejected)

    @property
    def completion_rate(self) -> Decimal | None:
        """Completed by accepted, 0 to 1."""
        return ratio(self.orders_completed, self.orders_accepted)

    @property
    def completion_rate_at_best(self) -> Decimal | None:
        """The completion rate once every counted order that is still open is completed."""
        return ratio(min(self.counted_orders, self.orders_accepted), self.orders_accepted)

    @property
    def rejection_rate(self) -> Decimal | None:
        """Rejected by received, 0 to 1."""
        return ratio(self.orders_rejected, self.orders_received)

    @property
    def net_revenue(self) -> Decimal:
        """Total revenue less the refunds booked that day."""
        return Decimal(self.total_revenue - self.refund_amount)

    @property
    def average_rating(self) -> Decimal | None:
        """The mean of the day's ratings, 1 to 5."""
        return ratio(self.rating_sum, self.rating_count)

    @property
    def average_acceptance_minutes(self) -> Decimal | None:
        """From placed to accepted."""
        return _minutes(self.acceptance_time, self.acceptance_count)

    @property
    def average_pickup_minutes(self) -> Decimal | None:
        """From accepted to picked up."""
        return _minutes(self.pickup_time, self.pickup_count)

    @property
    def average_processing_minutes(self) -> Decimal | None:
        """From picked up to processed."""
        return _minutes(self.processing_time, self.processing_count)

    @property
    def average_delivery_minutes(self) -> Decimal | None:
        """From processed to delivered."""
        return _minutes(self.delivery_time, self.delivery_count)

    @property
    def average_total_minutes(self) -> Decimal | None:
        """From placed to completed."""
        return _minutes(self.total_time, self.total_time_count)

    @property
    def capacity_utilization(self) -> Decimal | None:
        """Counted orders by the partner's daily capacity as it is now, 0 to 1 and beyond; None where none is set."""
        return ratio(self.counted_orders, (self.partner.daily_capacity or 0) if self.partner else 0)


def _minutes(time: datetime.timedelta, count: int) -> Decimal | None:
    microseconds = time // datetime.timedelta(microseconds=1)
    return ratio(Decimal(microseconds) / 60_000_000, count)
