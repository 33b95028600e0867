"""What is traded."""

from django.contrib.postgres.indexes import OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import TenantReference, numbers, tenant_key
from apps.core.fields import TenantForeignKey
from apps.core.models import ImportedModel


class Category(ImportedModel):
    """A group of products."""

    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("name", "id")
        constraints = [
            *tenant_key("category"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="category_external_id"),
            models.UniqueConstraint(fields=["organization", "name"], name="category_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductKind(models.TextChoices):
    """Goods may have stock; services have none."""

    SERVICE = "service", _("Service")
    GOOD = "good", _("Good")


class Product(ImportedModel):
    """A good or service that order lines sell."""

    kind = models.CharField(_("kind"), max_length=10, choices=ProductKind.choices, default=ProductKind.GOOD)
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    name = models.CharField(_("name"), max_length=300)
    category = TenantForeignKey(
        Category, verbose_name=_("category"), on_delete=models.SET_NULL, null=True, blank=True, related_name="products"
    )
    price = models.DecimalField(
        _("price"), max_digits=16, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    cost = models.DecimalField(
        _("cost"), max_digits=16, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    stock_quantity = models.DecimalField(
        _("stock"),
        max_digits=14,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("Empty where stock is not kept."),
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("name", "id")
        constraints = [
            *tenant_key("product"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="product_external_id"),
            TenantReference(field="category", name="product_category_ref"),
            models.CheckConstraint(condition=models.Q(kind__in=ProductKind.values), name="product_kind"),
            models.CheckConstraint(
                condition=models.Q(price__isnull=True) | models.Q(price__gte=0), name="product_price_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(cost__isnull=True) | models.Q(cost__gte=0), name="product_cost_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(kind=ProductKind.GOOD) | models.Q(stock_quantity__isnull=True),
                name="product_service_without_stock",
            ),
            *numbers("product", "price", "cost"),
            *numbers("product", "stock_quantity", digits=11),
        ]
        indexes = [
            models.Index(fields=["organization", "name", "id"], name="product_name"),
            models.Index(fields=["organization", "category"], name="product_category"),
            models.Index(fields=["organization", "sku"], name="product_sku"),
            models.Index(
                F("organization"), OpClass(Upper("name"), name="text_pattern_ops"), name="product_name_prefix"
            ),
        ]

    def __str__(self) -> str:
        return self.name
