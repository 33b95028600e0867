"""Money that moves: payments, refunds, and what running the business costs."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import TenantReference, dates, instants, non_negative, numbers, tenant_leaf
from apps.core.fields import MoneyField, NonNegativeMoneyField, TenantForeignKey
from apps.core.models import ImportedModel
from apps.marketplace.models.orders import Order
from apps.marketplace.models.parties import Customer


class PaymentMethod(models.TextChoices):
    """How money came in."""

    CASH = "cash", _("Cash")
    CARD = "card", _("Card")
    WALLET = "wallet", _("Wallet")
    ONLINE = "online", _("Online")


class PaymentStatus(models.TextChoices):
    """Only captured payments count as paid."""

    PENDING = "pending", _("Pending")
    AUTHORIZED = "authorized", _("Authorized")
    CAPTURED = "captured", _("Captured")
    FAILED = "failed", _("Failed")
    VOIDED = "voided", _("Voided")


class Payment(ImportedModel):
    """Money for one order."""

    order = TenantForeignKey(Order, verbose_name=_("order"), on_delete=models.CASCADE, related_name="payments")
    method = models.CharField(_("method"), max_length=10, choices=PaymentMethod.choices)
    source_method = models.CharField(
        _("method at the source"), max_length=60, blank=True, help_text=_("As the imported file named it.")
    )
    status = models.CharField(_("status"), max_length=12, choices=PaymentStatus.choices, default=PaymentStatus.CAPTURED)
    amount = NonNegativeMoneyField(_("amount"))
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ("-paid_at", "-id")
        constraints = [
            tenant_leaf("payment"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="payment_external_id"),
            TenantReference(field="order", name="payment_order_ref"),
            models.CheckConstraint(condition=models.Q(method__in=PaymentMethod.values), name="payment_method"),
            models.CheckConstraint(condition=models.Q(status__in=PaymentStatus.values), name="payment_status"),
            non_negative("payment_amount", "amount"),
            *numbers("payment", "amount"),
            *instants("payment", "paid_at"),
            models.CheckConstraint(
                condition=~models.Q(status=PaymentStatus.CAPTURED) | models.Q(paid_at__isnull=False),
                name="payment_captured_has_its_instant",
                violation_error_message=_("A captured payment has the instant it was paid."),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "order"], name="payment_order"),
            models.Index(fields=["organization", "paid_at", "id"], name="payment_paid_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.amount}"


class Refund(ImportedModel):
    """Money given back, booked on its own day.

    A return that names no order has no `order`; then `customer` may say whose it was. With an order, the customer is
    the order's.
    """

    order = TenantForeignKey(
        Order, verbose_name=_("order"), on_delete=models.CASCADE, null=True, blank=True, related_name="refunds"
    )
    customer = TenantForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="unlinked_refunds",
        help_text=_("Only for a refund that names no order."),
    )
    amount = MoneyField(_("amount"), validators=[MinValueValidator(Decimal("0.01"))])
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    refunded_at = models.DateTimeField(_("refunded at"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ("-refunded_at", "-id")
        constraints = [
            tenant_leaf("refund"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="refund_external_id"),
            TenantReference(field="order", name="refund_order_ref"),
            TenantReference(field="customer", name="refund_customer_ref"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="refund_amount"),
            *numbers("refund", "amount"),
            *instants("refund", "refunded_at"),
            models.CheckConstraint(
                condition=models.Q(order__isnull=True) | models.Q(customer__isnull=True),
                name="refund_customer_from_its_order",
                violation_error_message=_("A refund of an order takes its customer from the order."),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "refunded_at", "id"], name="refund_refunded_at"),
            models.Index(fields=["organization", "order"], name="refund_order"),
            models.Index(
                fields=["organization", "customer"], condition=models.Q(customer__isnull=False), name="refund_customer"
            ),
        ]

    def __str__(self) -> str:
        return f"{_('Refund')} {self.amount}"


class CostKind(models.TextChoices):
    """What a month's cost was for."""

    AUTOMATION = "automation", _("Automation")
    STAFF = "staff", _("Staff")
    MARKETING = "marketing", _("Marketing")
    RENT = "rent", _("Rent")
    OTHER = "other", _("Other")


class OperatingCost(ImportedModel):
    """What one kind of running cost came to in one month; return on investment is measured against it."""

    month = models.DateField(_("month"), help_text=_("The first day of the month."))
    kind = models.CharField(_("kind"), max_length=12, choices=CostKind.choices)
    amount = NonNegativeMoneyField(_("amount"))

    class Meta:
        verbose_name = _("operating cost")
        verbose_name_plural = _("operating costs")
        ordering = ("-month", "kind")
        constraints = [
            tenant_leaf("operating_cost"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="operating_cost_external_id"),
            models.UniqueConstraint(fields=["organization", "month", "kind"], name="operating_cost_once"),
            models.CheckConstraint(condition=models.Q(kind__in=CostKind.values), name="operating_cost_kind"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="operating_cost_month_begins"),
            non_negative("operating_cost_amount", "amount"),
            *numbers("operating_cost", "amount"),
            *dates("operating_cost", "month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.get_kind_display()}"
