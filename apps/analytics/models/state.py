"""What is known about an organization's rollups: how fresh they are, what changed, what was found."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import numbers, tenant_leaf
from apps.core.fields import MoneySumField
from apps.core.models import TenantModel


class AnalyticsState(TenantModel):
    """One row an organization, moved in the transaction that moves its rollups."""

    data_version = models.BigIntegerField(
        _("data version"), default=0, help_text=_("Grows whenever rollups were written.")
    )
    refreshed_through = models.DateTimeField(
        _("refreshed through"), null=True, help_text=_("Facts committed by then are in the rollups.")
    )
    published_through = models.DateField(
        _("published through"), null=True, help_text=_("Changes of this day and earlier ones are kept as revisions.")
    )
    published_since = models.DateTimeField(_("published since"), null=True)
    customers_as_of = models.DateField(_("customers as of"), null=True)
    vip_lifetime_value = MoneySumField(
        _("lifetime value of a VIP"), null=True, help_text=_("Where the top share of customers begins.")
    )
    verified_on = models.DateField(_("verified on"), null=True)
    failures = models.PositiveSmallIntegerField(
        _("failures in a row"), default=0, help_text=_("Counted before the work, so that a crash counts too.")
    )
    retry_at = models.DateTimeField(_("tried again at"), null=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    attempted_at = models.DateTimeField(
        _("attempt began at"), null=True, help_text=_("Empty when the last refresh came to its end.")
    )

    class Meta:
        verbose_name = _("state of rollups")
        verbose_name_plural = _("states of rollups")
        constraints = [
            tenant_leaf("analytics_state"),
            models.UniqueConstraint(fields=["organization"], name="analytics_state_once"),
            *numbers("analytics_state", "vip_lifetime_value", digits=22),
        ]

    def __str__(self) -> str:
        return f"{self.data_version}"


class FailingDay(TenantModel):
    """A business day whose figures cannot be computed at present; the other days of the organization go on.

    Its marks wait in the change log with the scope `held` until `retry_at`. Where one fact is to blame, it is named.
    The row without a date stands for the customers: what is known of them altogether, not of a day.
    """

    date = models.DateField(_("date"), null=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    error = models.CharField(_("error"), max_length=300, blank=True)
    fact_model = models.CharField(_("kind of fact"), max_length=60, blank=True, help_text=_("As marketplace.order."))
    fact_id = models.UUIDField(_("fact"), null=True)
    fact_column = models.CharField(_("column"), max_length=60, blank=True)
    failing_since = models.DateTimeField(_("failing since"))
    retry_at = models.DateTimeField(_("tried again at"))

    class Meta:
        verbose_name = _("failing day")
        verbose_name_plural = _("failing days")
        ordering = ("-date",)
        constraints = [
            tenant_leaf("failing_day"),
            models.UniqueConstraint(fields=["organization", "date"], name="failing_day_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.date or _('Customers')}"


class CustomerThresholds(TenantModel):
    """From when on a customer of this organization is new, regular, a VIP, at risk, churned. Absent: the defaults."""

    new_within_days = models.PositiveSmallIntegerField(_("new within days"), default=30)
    regular_orders = models.PositiveSmallIntegerField(_("orders of a regular"), default=3)
    regular_within_days = models.PositiveSmallIntegerField(_("within days"), default=90)
    vip_orders = models.PositiveSmallIntegerField(_("orders of a VIP"), default=5)
    vip_share = models.DecimalField(
        _("share of VIPs"),
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.1"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
        help_text=_("By lifetime value: 0.1 is the top tenth."),
    )
    churned_after_days = models.PositiveSmallIntegerField(_("churned after days"), default=90)
    at_risk_score = models.PositiveSmallIntegerField(
        _("at risk from"), default=60, validators=[MaxValueValidator(100)], help_text=_("Churn risk, 0 to 100.")
    )

    class Meta:
        verbose_name = _("customer thresholds")
        verbose_name_plural = _("customer thresholds")
        constraints = [
            tenant_leaf("customer_thresholds"),
            models.UniqueConstraint(fields=["organization"], name="customer_thresholds_once"),
            models.CheckConstraint(
                condition=models.Q(vip_share__gte=0, vip_share__lte=1), name="customer_thresholds_vip_share"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    new_within_days__gt=0, regular_within_days__gt=0, churned_after_days__gt=0, at_risk_score__lte=100
                ),
                name="customer_thresholds_days",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Customer thresholds"))


class Revision(TenantModel):
    """What a rollup's row of a published day said before, and what it says now."""

    rollup = models.CharField(_("rollup"), max_length=60)
    row_id = models.UUIDField(_("row"))
    date = models.DateField(_("date"))
    old = models.JSONField(_("said"), null=True, help_text=_("Empty where there was no row."))
    new = models.JSONField(_("says"), null=True, help_text=_("Empty where no row is left."))
    facts_changed = models.BigIntegerField(_("facts changed"), default=0, help_text=_("Facts of that day, by the log."))
    revised_at = models.DateTimeField(_("revised at"))
    is_repair = models.BooleanField(
        _("repair"),
        default=False,
        help_text=_("The old values did not come from facts: they were replaced."),
    )
    right_until = models.DateTimeField(
        _("right until"), null=True, help_text=_("The last verification before a repair that left every row right.")
    )

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ("-revised_at", "-date")
        constraints = [tenant_leaf("revision")]
        indexes = [
            models.Index(fields=["organization", "rollup", "date", "revised_at"], name="revision_rollup"),
            models.Index(fields=["organization", "-revised_at", "id"], name="revision_revised_at"),
            models.Index(
                fields=["organization", "revised_at"], condition=models.Q(is_repair=True), name="revision_repairs"
            ),
        ]

    def __str__(self) -> str:
        return f"{capfirst(self.rollup.replace('_', ' '))} {self.date}"


class Verification(TenantModel):
    """One comparison of rollups with the facts."""

    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    first_date = models.DateField(_("from"), null=True)
    last_date = models.DateField(_("to"), null=True)
    rows_compared = models.BigIntegerField(_("rows compared"), default=0)
    differences = models.IntegerField(_("differences"), default=0)
    imbalances = models.IntegerField(
        _("imbalances"), default=0, help_text=_("Sums of a day that differed between rollups, before any repair.")
    )
    imbalance_details = models.JSONField(
        _("imbalance details"), default=list, help_text=_("The first of them: rollup, date, measure, sum, expected.")
    )
    skipped_days = models.IntegerField(
        _("days left out"), default=0, help_text=_("They cannot be computed at present.")
    )
    repaired = models.BooleanField(_("repaired"), default=False)
    details = models.JSONField(_("details"), default=list, help_text=_("The first differences: rollup, row, old, new."))

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        ordering = ("-started_at",)
        constraints = [tenant_leaf("verification")]
        indexes = [models.Index(fields=["organization", "-started_at"], name="verification_started_at")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
