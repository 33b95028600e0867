"""What was sold, day by day.

Every rollup keeps sums and counts. A mean or a rate is a property: the ratio of two of them, None where nothing was
divided. Days are business days of the organization; a day on which nothing happened has no row.
"""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import business_day, tenant_leaf
from apps.core.fields import MoneySumField, TenantForeignKey
from apps.core.models import DerivedModel
from apps.core.ratios import ratio
from apps.marketplace.models import Channel, Product


class DailyRevenueSummary(DerivedModel):
    """Orders placed on a business day, what they brought, and what was refunded that day.

    Revenue is that of counted orders: not cancelled, not rejected, no no-show. `cash_revenue` to `online_revenue` are
    what was captured for them by any day, and `unpaid_revenue` the rest, below zero where more was paid than owed: the
    five add up to `total_revenue`.
    """

    date = models.DateField(_("date"))
    order_count = models.IntegerField(_("orders"), default=0, help_text=_("Placed that day, in any status."))
    counted_orders = models.IntegerField(_("counted orders"), default=0)
    pending_orders = models.IntegerField(_("pending"), default=0)
    accepted_orders = models.IntegerField(_("accepted"), default=0)
    rejected_orders = models.IntegerField(_("rejected"), default=0)
    in_progress_orders = models.IntegerField(_("in progress"), default=0)
    ready_orders = models.IntegerField(_("ready"), default=0)
    completed_orders = models.IntegerField(_("completed"), default=0)
    cancelled_orders = models.IntegerField(_("cancelled"), default=0)
    no_show_orders = models.IntegerField(_("no-shows"), default=0)
    total_revenue = MoneySumField(_("total revenue"), default=Decimal(0))
    gross_sales = MoneySumField(_("gross sales"), default=Decimal(0), help_text=_("Line totals before discount."))
    discount_amount = MoneySumField(_("discounts"), default=Decimal(0))
    tax_amount = MoneySumField(_("tax"), default=Decimal(0))
    delivery_fee_amount = MoneySumField(_("delivery fees"), default=Decimal(0))
    tip_amount = MoneySumField(_("tips"), default=Decimal(0))
    cash_revenue = MoneySumField(_("cash"), default=Decimal(0))
    card_revenue = MoneySumField(_("card"), default=Decimal(0))
    wallet_revenue = MoneySumField(_("wallet"), default=Decimal(0))
    online_revenue = MoneySumField(_("online"), default=Decimal(0))
    unpaid_revenue = MoneySumField(_("unpaid"), default=Decimal(0))
    refund_amount = MoneySumField(_("refunds"), default=Decimal(0), help_text=_("Booked on the day of the refund."))
    refund_count = models.IntegerField(_("number of refunds"), default=0)
    order_day_refund_amount = MoneySumField(
        _("refunds of this day's orders"), default=Decimal(0), help_text=_("The same refunds, on the day of the order.")
    )
    uncounted_refund_amount = MoneySumField(
        _("refunds of orders that do not count"),
        default=Decimal(0),
        help_text=_("Their orders brought no revenue, so they lower none. By the day of the refund."),
    )
    new_customers = models.IntegerField(_("new customers"), default=0)
    returning_customers = models.IntegerField(_("returning customers"), default=0)
    refreshed_at = models.DateTimeField(_("refreshed at"))

    class Meta:
        verbose_name = _("daily revenue")
        verbose_name_plural = _("daily revenue")
        db_table = "daily_revenue_summaries"
        ordering = ("-date",)
        constraints = [
            tenant_leaf("daily_revenue"),
            business_day("daily_revenue"),
            models.UniqueConstraint(fields=["organization", "date"], name="daily_revenue_once"),
        ]

    def __str__(self) -> str:
        return f"{self.date}"

    @property
    def net_revenue(self) -> Decimal:
        """Total revenue less the refunds booked that day."""
        return Decimal(self.total_revenue - self.refund_amount)

    @property
    def average_order_value(self) -> Decimal | None:
        """Total revenue by counted orders."""
        return ratio(self.total_revenue, self.counted_orders)

    @property
    def completion_rate(self) -> Decimal | None:
        """Completed orders by all placed that day, 0 to 1."""
        return ratio(self.completed_orders, self.order_count)

    @property
    def completion_rate_at_best(self) -> Decimal | None:
        """The completion rate once every order that is still open is completed."""
        return ratio(self.completed_orders + self.open_orders, self.order_count)

    @property
    def cancellation_rate(self) -> Decimal | None:
        """Cancelled orders by all placed that day, 0 to 1."""
        return ratio(self.cancelled_orders, self.order_count)

    @property
    def open_orders(self) -> int:
        """Orders that are neither completed nor fell through."""
        return self.pending_orders + self.accepted_orders + self.in_progress_orders + self.ready_orders


class DailyProductSales(DerivedModel):
    """Lines of a day's counted orders by product.

    `total_revenue` is the product's share of its orders' totals: each total is divided over the lines in proportion to
    theirs, to the cent, so that the products of a day add up to its total revenue. Orders without lines, and lines
    without a product, are in the row whose product is empty; the former also in `lineless_revenue`.
    """

    date = models.DateField(_("date"))
    product = TenantForeignKey(
        Product, verbose_name=_("product"), on_delete=models.DO_NOTHING, null=True, related_name="daily_sales"
    )
    order_count = models.IntegerField(_("orders with it"), default=0, help_text=_("Not to be added up over products."))
    line_count = models.IntegerField(_("lines"), default=0)
    quantity = models.DecimalField(_("quantity"), max_digits=24, decimal_places=3, default=Decimal(0))
    gross_sales = MoneySumField(_("gross sales"), default=Decimal(0))
    total_revenue = MoneySumField(_("total revenue"), default=Decimal(0))
    lineless_orders = models.IntegerField(_("orders without lines"), default=0)
    lineless_revenue = MoneySumField(_("revenue of orders without lines"), default=Decimal(0))

    class Meta:
        verbose_name = _("daily product sales")
        verbose_name_plural = _("daily product sales")
        ordering = ("-date",)
        constraints = [
            tenant_leaf("daily_product_sales"),
            business_day("daily_product_sales"),
            models.UniqueConstraint(
                fields=["organization", "date", "product"], name="daily_product_sales_once", nulls_distinct=False
            ),
        ]
        indexes = [models.Index(fields=["organization", "product", "date"], name="daily_product_sales_product")]

    def __str__(self) -> str:
        return f"{self.date} {self.product_id or _('No product')}"


class DailyChannelSales(DerivedModel):
    """Orders placed on a business day by channel."""

    date = models.DateField(_("date"))
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    order_count = models.IntegerField(_("orders"), default=0)
    counted_orders = models.IntegerField(_("counted orders"), default=0)
    completed_orders = models.IntegerField(_("completed"), default=0)
    total_revenue = MoneySumField(_("total revenue"), default=Decimal(0))
    refund_amount = MoneySumField(_("refunds"), default=Decimal(0))
    order_day_refund_amount = MoneySumField(_("refunds of this day's orders"), default=Decimal(0))

    class Meta:
        verbose_name = _("daily channel sales")
        verbose_name_plural = _("daily channel sales")
        ordering = ("-date", "channel")
        constraints = [
            tenant_leaf("daily_channel_sales"),
            business_day("daily_channel_sales"),
            models.UniqueConstraint(fields=["organization", "date", "channel"], name="daily_channel_sales_once"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.get_channel_display() or _('No order')}"


class HourlyOrderVolume(DerivedModel):
    """Orders placed within an hour of the wall clock, 0 to 23, of a business day.

    Where the clock goes back, the hour that comes twice is one row.
    """

    date = models.DateField(_("date"))
    hour = models.SmallIntegerField(_("hour"))
    order_count = models.IntegerField(_("orders"), default=0)
    counted_orders = models.IntegerField(_("counted orders"), default=0)
    total_revenue = MoneySumField(_("total revenue"), default=Decimal(0))

    class Meta:
        verbose_name = _("hourly orders")
        verbose_name_plural = _("hourly orders")
        ordering = ("-date", "hour")
        constraints = [
            tenant_leaf("hourly_order_volume"),
            business_day("hourly_order_volume"),
            models.UniqueConstraint(fields=["organization", "date", "hour"], name="hourly_order_volume_once"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.hour:02d}:00"
