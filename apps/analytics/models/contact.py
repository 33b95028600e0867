"""How customers were in contact, day by day."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import business_day, tenant_leaf
from apps.core.models import DerivedModel


class DailyEngagement(DerivedModel):
    """Interactions of a business day by type, by status and by outcome, and customers put into segments that day."""

    date = models.DateField(_("date"))
    interaction_count = models.IntegerField(_("interactions"), default=0)
    calls = models.IntegerField(_("calls"), default=0)
    emails = models.IntegerField(_("e-mails"), default=0)
    meetings = models.IntegerField(_("meetings"), default=0)
    support_tickets = models.IntegerField(_("support tickets"), default=0)
    complaints = models.IntegerField(_("complaints"), default=0)
    feedbacks = models.IntegerField(_("feedback"), default=0)
    pending = models.IntegerField(_("pending"), default=0)
    in_progress = models.IntegerField(_("in progress"), default=0)
    completed = models.IntegerField(_("completed"), default=0)
    cancelled = models.IntegerField(_("cancelled"), default=0)
    automated = models.IntegerField(_("automated"), default=0)
    successful = models.IntegerField(_("successful"), default=0)
    unsuccessful = models.IntegerField(_("unsuccessful"), default=0)
    customers_contacted = models.IntegerField(
        _("customers contacted"), default=0, help_text=_("Distinct; not to be added up over days.")
    )
    segment_assignments = models.IntegerField(_("segment assignments"), default=0)

    class Meta:
        verbose_name = _("daily engagement")
        verbose_name_plural = _("daily engagement")
        ordering = ("-date",)
        constraints = [
            tenant_leaf("daily_engagement"),
            business_day("daily_engagement"),
            models.UniqueConstraint(fields=["organization", "date"], name="daily_engagement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.date}"
