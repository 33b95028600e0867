"""What reports there are, and as what files."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReportType(models.TextChoices):
    """The reports; `apps.reports.types` says what each is made of."""

    EXECUTIVE_SUMMARY = "executive_summary", _("Executive summary")
    REVENUE = "revenue", _("Revenue")
    ORDERS = "orders", _("Orders")
    PARTNERS = "partners", _("Partners")
    CUSTOMERS = "customers", _("Customers")
    PRODUCT_PERFORMANCE = "product_performance", _("Product performance")


class Format(models.TextChoices):
    """What a report can be written as."""

    PDF = "pdf", _("PDF")
    XLSX = "xlsx", _("Excel")
    CSV = "csv", _("CSV")
    JSON = "json", _("JSON")


class Audience(models.TextChoices):
    """Who reads: roles differ by whether they see how customers can be reached."""

    FULL = "full", _("With contact details")
    MASKED = "masked", _("Without contact details")
