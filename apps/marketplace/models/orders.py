"""Orders and their lines."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import TenantReference, instants, non_negative, numbers, tenant_key
from apps.core.fields import NonNegativeMoneyField, TenantForeignKey
from apps.core.models import ImportedModel
from apps.marketplace.models.catalog import Product
from apps.marketplace.models.parties import Customer, Partner
from apps.marketplace.querysets import OrderManager


class Channel(models.TextChoices):
    """Where an order was placed."""

    WEB = "web", _("Web")
    APP = "app", _("App")
    PHONE = "phone", _("Phone")
    WALK_IN = "walk_in", _("Walk-in")
    AI = "ai", _("AI")
    AUTOMATION = "automation", _("Automation")
    API = "api", _("API")


class OrderStatus(models.TextChoices):
    """How far an order has come. Cancelled, rejected and no-show orders do not count."""

    PENDING = "pending", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    IN_PROGRESS = "in_progress", _("In progress")
    READY = "ready", _("Ready")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    NO_SHOW = "no_show", _("No-show")


class Order(ImportedModel):
    """One customer's order from one partner; a basket over several vendors is one order per vendor.

    A source may know that an order was completed or cancelled without knowing when: then the instant stays empty
    rather than invented. An instant that is there agrees with the status.
    """

    number = models.CharField(_("number"), max_length=100)
    customer = TenantForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    partner = TenantForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    basket_reference = models.CharField(
        _("basket"), max_length=200, blank=True, help_text=_("Shared by the orders of one basket over several vendors.")
    )
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices, default=Channel.WEB)
    status = models.CharField(_("status"), max_length=12, choices=OrderStatus.choices, default=OrderStatus.PENDING)
    source_status = models.CharField(
        _("status at the source"), max_length=60, blank=True, help_text=_("As the imported file named it.")
    )
    placed_at = models.DateTimeField(_("placed at"))
    scheduled_for = models.DateTimeField(_("scheduled for"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    picked_up_at = models.DateTimeField(_("picked up at"), null=True, blank=True)
    processed_at = models.DateTimeField(_("processed at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    subtotal = NonNegativeMoneyField(_("subtotal"), default=Decimal(0))
    discount = NonNegativeMoneyField(_("discount"), default=Decimal(0))
    tax = NonNegativeMoneyField(_("tax"), default=Decimal(0))
    delivery_fee = NonNegativeMoneyField(_("delivery fee"), default=Decimal(0))
    tip = NonNegativeMoneyField(_("tip"), default=Decimal(0))
    total = NonNegativeMoneyField(_("total"), default=Decimal(0))

    objects: ClassVar[OrderManager] = OrderManager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-placed_at", "-id")
        constraints = [
            *tenant_key("order"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="order_external_id"),
            TenantReference(field="customer", name="order_customer_ref"),
            TenantReference(field="partner", name="order_partner_ref"),
            models.CheckConstraint(condition=models.Q(status__in=OrderStatus.values), name="order_status"),
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="order_channel"),
            non_negative("order_amounts", "subtotal", "discount", "tax", "delivery_fee", "tip", "total"),
            models.CheckConstraint(
                condition=models.Q(status=OrderStatus.COMPLETED) | models.Q(completed_at__isnull=True),
                name="order_completed_at_only_when_completed",
                violation_error_message=_("Only a completed order has an instant of completion."),
            ),
            models.CheckConstraint(
                condition=models.Q(status=OrderStatus.CANCELLED) | models.Q(cancelled_at__isnull=True),
                name="order_cancelled_at_only_when_cancelled",
                violation_error_message=_("Only a cancelled order has an instant of cancellation."),
            ),
            models.CheckConstraint(
                condition=~models.Q(status=OrderStatus.PENDING) | models.Q(accepted_at__isnull=True),
                name="order_pending_is_not_accepted",
                violation_error_message=_("A pending order has not been accepted yet."),
            ),
            *numbers("order", "subtotal", "discount", "tax", "delivery_fee", "tip", "total"),
            *instants(
                "order",
                "placed_at",
                "scheduled_for",
                "accepted_at",
                "picked_up_at",
                "processed_at",
                "delivered_at",
                "completed_at",
                "cancelled_at",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "placed_at", "id"], name="order_placed_at"),
            models.Index(
                fields=["organization", "customer", "placed_at"], include=["status", "total"], name="order_customer"
            ),
            models.Index(fields=["organization", "partner", "placed_at"], name="order_partner"),
            models.Index(fields=["organization", "status", "placed_at", "id"], name="order_status"),
            models.Index(fields=["organization", "number"], name="order_number"),
            models.Index(
                fields=["organization", "basket_reference"],
                condition=~models.Q(basket_reference=""),
                name="order_basket",
            ),
            models.Index(
                fields=["organization", "scheduled_for"],
                condition=models.Q(scheduled_for__isnull=False),
                name="order_scheduled_for",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(ImportedModel):
    """A product, how many, at what price. `total` is quantity x unit price, rounded to the cent, before discount."""

    order = TenantForeignKey(Order, verbose_name=_("order"), on_delete=models.CASCADE, related_name="lines")
    product = TenantForeignKey(
        Product, verbose_name=_("product"), on_delete=models.PROTECT, null=True, blank=True, related_name="lines"
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    quantity = models.DecimalField(
        _("quantity"),
        max_digits=14,
        decimal_places=3,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    unit_price = models.DecimalField(
        _("unit price"), max_digits=16, decimal_places=4, default=Decimal(0), validators=[MinValueValidator(0)]
    )
    total = NonNegativeMoneyField(_("total"), default=Decimal(0))

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ("id",)
        constraints = [
            # Nothing refers to lines, but lists of an organization's lines are ordered by this key.
            *tenant_key("order_line"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="order_line_external_id"),
            TenantReference(field="order", name="order_line_order_ref"),
            TenantReference(field="product", name="order_line_product_ref"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="order_line_quantity"),
            non_negative("order_line_amounts", "unit_price", "total"),
            *numbers("order_line", "quantity", digits=11),
            *numbers("order_line", "unit_price", "total"),
        ]
        indexes = [
            models.Index(fields=["organization", "order"], name="order_line_order"),
            models.Index(fields=["organization", "product"], name="order_line_product"),
        ]

    def __str__(self) -> str:
        return self.description or str(self.product)
