"""How long orders take."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import business_day, tenant_leaf
from apps.core.models import DerivedModel


class Stage(models.TextChoices):
    """A stretch of an order's way, from one of its instants to another."""

    ACCEPTANCE = "acceptance", _("Placed to accepted")
    PICKUP = "pickup", _("Accepted to picked up")
    PROCESSING = "processing", _("Picked up to processed")
    DELIVERY = "delivery", _("Processed to delivered")
    TOTAL = "total", _("Placed to completed")


class ProcessingTimes(DerivedModel):
    """Orders placed on a business day by the time that a stage took: a histogram, which adds up over days.

    A row counts the orders from `from_seconds` to less than the bin's end; `duration_bin_width` says where that is. No
    bin is wider than 5 % of the times in it, from a minute on, so that percentiles of any period are as exact.
    """

    date = models.DateField(_("date"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices)
    from_seconds = models.IntegerField(_("from seconds"))
    order_count = models.IntegerField(_("orders"), default=0)

    class Meta:
        verbose_name = _("processing times")
        verbose_name_plural = _("processing times")
        ordering = ("-date", "stage", "from_seconds")
        constraints = [
            tenant_leaf("processing_times"),
            business_day("processing_times"),
            models.UniqueConstraint(
                fields=["organization", "date", "stage", "from_seconds"], name="processing_times_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.get_stage_display()}"
