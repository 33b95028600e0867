"""The form that asks for a report."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDateWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
)

from apps.accounts.models import Organization
from apps.accounts.notation import notation_of
from apps.analytics.metrics.declarations import RefundBasis
from apps.analytics.metrics.instants import NothingSaid, read_as_of
from apps.core.periods import Comparison, InvalidPeriod, Period, requested_period
from apps.marketplace.models import Category, Channel, Order, Partner, Product
from apps.reports.models import Format, ReportType
from apps.reports.wording import BASES, COMPARISONS, PRESETS, nothing_said

_DEFAULT_PRESET = "last_month"
_FIELDS_OF_FILTERS = ("partner", "category", "channel")


def _looked_up(of: Any, label: Any) -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(
        label=label,
        queryset=None,  # rows belong to an organization, which only a request knows
        required=False,
        widget=AutocompleteSelectMultiple(of, admin.site, attrs={"class": "unfold-admin-autocomplete"}),
    )


class ReportForm(forms.Form):
    """Which report, over which days, as what files.

    After validation `period`, `instant` and `parameters` say what was asked.
    """

    report_type = forms.ChoiceField(
        label=_("Report"),
        choices=ReportType.choices,
        widget=UnfoldAdminRadioSelectWidget,
        initial=ReportType.EXECUTIVE_SUMMARY,
    )
    timeframe = forms.ChoiceField(
        label=_("Period"),
        required=False,
        choices=[*PRESETS.items(), ("", _("Days of your choice"))],
        initial=_DEFAULT_PRESET,
        widget=UnfoldAdminSelectWidget,
    )
    start_date = forms.DateField(label=_("From"), required=False, widget=UnfoldAdminDateWidget)
    end_date = forms.DateField(
        label=_("To"), required=False, widget=UnfoldAdminDateWidget, help_text=_("Dates stand in for the period.")
    )
    compare = forms.ChoiceField(
        label=_("Compared with"),
        choices=list(COMPARISONS.items()),
        initial=Comparison.PREVIOUS_PERIOD,
        widget=UnfoldAdminSelectWidget,
    )
    refund_basis = forms.ChoiceField(
        label=_("Refunds"), choices=list(BASES.items()), initial=RefundBasis.REFUND_DAY, widget=UnfoldAdminSelectWidget
    )
    as_of = forms.DateField(
        label=_("As said on"),
        required=False,
        widget=UnfoldAdminDateWidget,
        help_text=_("Empty: what is known now. With a day: what was said at its end, of the days that were over."),
    )
    partner = _looked_up(Order._meta.get_field("partner"), _("Only these partners"))
    category = _looked_up(Product._meta.get_field("category"), _("Only these categories"))
    channel = forms.MultipleChoiceField(
        label=_("Only these channels"),
        required=False,
        choices=Channel.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    formats = forms.MultipleChoiceField(
        label=_("Files"),
        choices=Format.choices,
        initial=[Format.PDF, Format.XLSX],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        self.organization = organization
        self.period: Period | None = None
        self.instant: datetime.datetime | None = None
        self.parameters: dict[str, Any] = {}
        for name, model in (("partner", Partner), ("category", Category)):
            field = self.fields[name]
            if isinstance(field, forms.ModelMultipleChoiceField):
                field.queryset = model._default_manager.all()

    def clean(self) -> dict[str, Any]:
        """Find the period and the filters."""
        cleaned = super().clean() or self.cleaned_data
        self._find_instant(cleaned)
        self._find_period(cleaned)
        filters = {name: self._values(cleaned.get(name)) for name in _FIELDS_OF_FILTERS if cleaned.get(name)}
        self.parameters = {
            "compare": cleaned.get("compare"),
            "refund_basis": cleaned.get("refund_basis"),
            "filters": filters,
        }
        return cleaned

    def _find_instant(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("as_of") is None:
            return
        try:
            self.instant = read_as_of(str(cleaned["as_of"]), self.organization, now=timezone.now())
        except NothingSaid as error:
            self.add_error("as_of", nothing_said(error.fault, notation_of(self.organization), error.since))

    def _find_period(self, cleaned: dict[str, Any]) -> None:
        start, end = cleaned.get("start_date"), cleaned.get("end_date")
        if self.errors.keys() & {"start_date", "end_date", "timeframe"}:
            return
        timeframe = cleaned.get("timeframe") if start is None and end is None else None
        if not timeframe and start is None and end is None:
            self.add_error("start_date", ValidationError(_("Choose a period, or give the days.")))
            return
        try:
            self.period = requested_period(
                start_date=start,
                end_date=end,
                timeframe=timeframe or None,
                today=self.organization.calendar.business_date(self.instant or timezone.now()),
                week_starts_on=self.organization.week_starts_on,
            )
        except InvalidPeriod as error:
            self.add_error(error.field if error.field in self.fields else None, error.message)

    @staticmethod
    def _values(chosen: Any) -> list[str]:
        return [str(getattr(value, "pk", value)) for value in chosen]
