"""What customers did, day by day and altogether."""

import datetime
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import business_day, tenant_leaf
from apps.core.fields import MoneySumField, TenantForeignKey
from apps.core.models import DerivedModel
from apps.core.ratios import ratio
from apps.marketplace.models import Category, Customer, PaymentMethod


class DailyCustomerActivity(DerivedModel):
    """One customer's business day: distinct customers of any period come from here, not from orders.

    Orders and revenue are those placed that day; refunds and reviews are of the day they came. The row without a
    customer holds what named none.
    """

    date = models.DateField(_("date"))
    customer = TenantForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.DO_NOTHING, null=True, related_name="daily_activity"
    )
    order_count = models.IntegerField(_("orders"), default=0)
    counted_orders = models.IntegerField(_("counted orders"), default=0)
    completed_orders = models.IntegerField(_("completed"), default=0)
    cancelled_orders = models.IntegerField(_("cancelled"), default=0)
    total_revenue = MoneySumField(_("total revenue"), default=Decimal(0))
    refund_amount = MoneySumField(_("refunds"), default=Decimal(0))
    order_day_refund_amount = MoneySumField(_("refunds of this day's orders"), default=Decimal(0))
    rating_sum = models.IntegerField(_("sum of ratings"), default=0)
    rating_count = models.IntegerField(_("ratings"), default=0)
    first_counted_at = models.DateTimeField(_("first counted order"), null=True)
    last_counted_at = models.DateTimeField(_("last counted order"), null=True)

    class Meta:
        verbose_name = _("daily customer activity")
        verbose_name_plural = _("daily customer activity")
        ordering = ("-date",)
        constraints = [
            tenant_leaf("daily_customer_activity"),
            business_day("daily_customer_activity"),
            models.UniqueConstraint(
                fields=["organization", "customer", "date"], name="daily_customer_activity_once", nulls_distinct=False
            ),
        ]
        indexes = [models.Index(fields=["organization", "date"], name="daily_customer_activity_date")]

    def __str__(self) -> str:
        return f"{self.date} {self.customer_id or _('No customer')}"


class CustomerSegment(models.TextChoices):
    """Where a customer stands; the first that holds wins, in this order. Thresholds are the organization's."""

    CHURNED = "churned", _("Churned")
    VIP = "vip", _("VIP")
    REGULAR = "regular", _("Regular")
    NEW = "new", _("New")
    OCCASIONAL = "occasional", _("Occasional")


class CustomerAnalytics(DerivedModel):
    """A customer's whole history, and where it puts them today. Its key is the customer's own.

    Customers who never ordered have no row. One whose orders all fell through has a row and no segment. What ages
    without new orders (`recent_orders`, `segment`, `churn_risk_score`, `is_at_churn_risk`) is as of the business day in
    `AnalyticsState.customers_as_of`.
    """

    customer = TenantForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.DO_NOTHING, related_name="analytics"
    )
    total_orders = models.IntegerField(_("orders"), default=0)
    counted_orders = models.IntegerField(_("counted orders"), default=0)
    completed_orders = models.IntegerField(_("completed"), default=0)
    cancelled_orders = models.IntegerField(_("cancelled"), default=0)
    total_spent = MoneySumField(_("total spent"), default=Decimal(0))
    refund_amount = MoneySumField(_("refunds"), default=Decimal(0))
    lifetime_value = MoneySumField(_("lifetime value"), default=Decimal(0), help_text=_("Spent less refunds, so far."))
    first_order_at = models.DateTimeField(_("first order"), null=True)
    last_order_at = models.DateTimeField(_("last order"), null=True)
    first_order_date = models.DateField(_("date of first order"), null=True)
    last_order_date = models.DateField(_("date of last order"), null=True)
    rating_sum = models.IntegerField(_("sum of ratings"), default=0)
    rating_count = models.IntegerField(_("ratings"), default=0)
    favorite_category = TenantForeignKey(
        Category,
        verbose_name=_("favorite category"),
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        help_text=_("The one most was spent on."),
    )
    preferred_payment_method = models.CharField(
        _("preferred payment method"), max_length=10, choices=PaymentMethod.choices, blank=True, default=""
    )
    recent_orders = models.IntegerField(_("recent orders"), default=0)
    segment = models.CharField(_("segment"), max_length=12, choices=CustomerSegment.choices, blank=True, default="")
    churn_risk_score = models.SmallIntegerField(_("churn risk"), default=0, help_text=_("0 to 100."))
    is_at_churn_risk = models.BooleanField(_("at risk"), default=False)
    refreshed_at = models.DateTimeField(_("refreshed at"))

    class Meta:
        verbose_name = _("customer analytics")
        verbose_name_plural = _("customer analytics")
        db_table = "customer_analytics"
        ordering = ("-lifetime_value",)
        constraints = [
            tenant_leaf("customer_analytics"),
            models.UniqueConstraint(fields=["organization", "customer"], name="customer_analytics_once"),
        ]
        indexes = [
            models.Index(fields=["organization", "-lifetime_value", "id"], name="customer_analytics_value"),
            models.Index(fields=["organization", "segment", "-lifetime_value"], name="customer_analytics_segment"),
            models.Index(fields=["organization", "last_order_date"], name="customer_analytics_last"),
            models.Index(fields=["organization", "first_order_date"], name="customer_analytics_first"),
            models.Index(
                fields=["organization", "-lifetime_value"],
                condition=models.Q(is_at_churn_risk=True),
                name="customer_analytics_at_risk",
            ),
        ]

    def __str__(self) -> str:
        # The customer is named where it was read along; the id costs no query.
        return str(self._state.fields_cache.get("customer") or self.customer_id)

    @property
    def average_order_value(self) -> Decimal | None:
        """Total spent by counted orders."""
        return ratio(self.total_spent, self.counted_orders)

    @property
    def average_rating(self) -> Decimal | None:
        """The mean rating given, 1 to 5."""
        return ratio(self.rating_sum, self.rating_count)

    @property
    def order_frequency(self) -> Decimal | None:
        """Mean days between counted orders; None before the second."""
        if self.first_order_date is None or self.last_order_date is None:
            return None
        return ratio((self.last_order_date - self.first_order_date).days, self.counted_orders - 1)

    def days_since_last_order(self, today: datetime.date) -> int | None:
        """Return the recency on a business day. It changes by itself each night, so it is told, not stored."""
        return None if self.last_order_date is None else (today - self.last_order_date).days

    def update_metrics(self) -> None:
        """Recompute this customer from facts, by the statement that every refresh uses, and read the row again.

        Raises:
            CustomerAnalytics.DoesNotExist: no order, refund or review of the customer is left.

        """
        from apps.analytics.services import recompute_customer

        recompute_customer(organization_id=self.organization_id, customer_id=self.customer_id)
        self.refresh_from_db()
