"""When which report goes to whom."""

import datetime
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import WeekDay
from apps.accounts.timezones import validate_timezone
from apps.analytics.metrics.declarations import RefundBasis
from apps.core.constraints import tenant_key
from apps.core.models import TenantModel
from apps.core.periods import Comparison
from apps.reports.models.choices import Format, ReportType

MOST_RECIPIENTS = 100


class Frequency(models.TextChoices):
    """How often."""

    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")


def default_formats() -> list[str]:
    """Return what a schedule sends unless it says otherwise."""
    return [Format.PDF.value, Format.XLSX.value]


class ReportSchedule(TenantModel):
    """A report that goes out again and again, at a wall clock's time of its own zone.

    `day_of_week` is of weekly schedules; monthly and quarterly ones go out on `day_of_month`, or on the month's last
    day where it is shorter, or on its last business day. `next_run_at` is the next slot that nobody has claimed.
    `member_recipients` are the recipients that were members when they were entered: who ceases to be one gets nothing
    more, as opposed to an address from outside.
    """

    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    report_type = models.CharField(_("report"), max_length=32, choices=ReportType.choices)
    frequency = models.CharField(_("frequency"), max_length=10, choices=Frequency.choices, default=Frequency.WEEKLY)
    day_of_week = models.PositiveSmallIntegerField(
        _("day of the week"), choices=WeekDay.choices, default=WeekDay.MONDAY
    )
    day_of_month = models.PositiveSmallIntegerField(
        _("day of the month"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("In shorter months the last day stands in for 29 to 31."),
    )
    on_last_business_day = models.BooleanField(
        _("on the last business day"), default=False, help_text=_("Monday to Friday; instead of a day of the month.")
    )
    time = models.TimeField(_("time"), default=datetime.time(8, 0))
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        validators=[validate_timezone],
        help_text=_("IANA name, such as Europe/Berlin; the time is that of clocks there."),
    )
    recipients = models.JSONField(_("recipients"), default=list, help_text=_("E-mail addresses."))
    member_recipients = models.JSONField(default=list, blank=True, editable=False)
    formats = models.JSONField(_("formats"), default=default_formats)
    timeframe = models.CharField(_("period"), max_length=32, default="last_week")
    compare = models.CharField(
        _("compared with"),
        max_length=32,
        choices=[(str(one), str(one)) for one in Comparison],
        default=Comparison.PREVIOUS_PERIOD.value,
    )
    refund_basis = models.CharField(
        _("refund basis"),
        max_length=12,
        choices=[(str(one), str(one)) for one in RefundBasis],
        default=RefundBasis.REFUND_DAY.value,
    )
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    skip_when_empty = models.BooleanField(
        _("skip when empty"), default=False, help_text=_("Send nothing when nothing happened in the period.")
    )
    outside_sees_contact_details = models.BooleanField(
        _("outside addresses see contact details"),
        default=False,
        help_text=_("Members of the organization see what their role may see; this is for all other addresses."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    paused_reason = models.TextField(_("why it is paused"), blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    last_run_at = models.DateTimeField(_("last run"), null=True, blank=True, editable=False)
    next_run_at = models.DateTimeField(_("next run"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("report schedule")
        verbose_name_plural = _("report schedules")
        ordering: ClassVar[tuple[str, ...]] = ("name", "id")
        constraints = [
            *tenant_key("report_schedule"),
            models.CheckConstraint(
                condition=models.Q(report_type__in=ReportType.values), name="report_schedule_report_type"
            ),
            models.CheckConstraint(
                condition=models.Q(frequency__in=Frequency.values), name="report_schedule_frequency"
            ),
            models.CheckConstraint(
                condition=models.Q(day_of_week__gte=1, day_of_week__lte=7), name="report_schedule_day_of_week"
            ),
            models.CheckConstraint(
                condition=models.Q(day_of_month__gte=1, day_of_month__lte=31), name="report_schedule_day_of_month"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "is_active", "next_run_at"], name="report_schedule_next_run_at"),
        ]

    def __str__(self) -> str:
        return self.name
