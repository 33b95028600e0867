"""The form of a schedule: what, when, to whom."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextareaWidget,
)

from apps.accounts.administration.forms import TenantModelForm
from apps.accounts.models import Organization
from apps.accounts.timezones import known_timezones
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.core.context import current_organization_id
from apps.core.periods import TIMEFRAMES
from apps.marketplace.models import Category, Partner
from apps.reports.models import Format, ReportSchedule
from apps.reports.schedules.changing import CHANGEABLE
from apps.reports.schedules.checking import ScheduleRefused, check_together, checked_fields
from apps.reports.schedules.wording import timeframe_named
from apps.reports.wording import BASES, COMPARISONS

FILTER = "filter_"
MOST_CHOICES = 300  # to filter by; the API takes any
_ROWS: Mapping[str, type[models.Model]] = {"partner": Partner, "category": Category}
_CHECKED = ("name", "recipients", "formats", "timeframe", "timezone")
Choices = list[tuple[str, str | Promise]]


class RecipientsField(forms.Field):
    """Addresses, one a line; its value is a list."""

    def prepare_value(self, value: Any) -> Any:
        """Return the addresses as lines."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """Return what stands in the lines."""
        return [line.strip() for line in str(value or "").split("\n") if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether other addresses are there than before."""
        return bool(self.to_python(data) != (initial or []))


class FormatsField(forms.MultipleChoiceField):
    """Formats to tick; its value is a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=Format.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, **options)


class ScheduleForm(TenantModelForm):
    """A schedule as people fill it in; what the API takes besides, such as further filters, it leaves as it is."""

    recipients = RecipientsField(
        label=_("Recipients"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=_("E-mail addresses, one a line. Members see what their own role may see."),
    )
    formats = FormatsField(label=_("As"))
    timeframe = forms.ChoiceField(
        label=_("Period"),
        choices=[(name, timeframe_named(name)) for name in TIMEFRAMES],
        widget=UnfoldAdminSelectWidget,
        help_text=_("As of the date that clocks of the time zone show then, in business days of the organization."),
    )
    compare = forms.ChoiceField(
        label=_("Compared with"), choices=list(COMPARISONS.items()), widget=UnfoldAdminSelectWidget
    )
    refund_basis = forms.ChoiceField(
        label=_("Refunds count"), choices=list(BASES.items()), widget=UnfoldAdminSelectWidget
    )
    filter_partner = forms.MultipleChoiceField(
        label=_("Only these partners"), required=False, widget=UnfoldAdminSelect2MultipleWidget
    )
    filter_category = forms.MultipleChoiceField(
        label=_("Only these categories"), required=False, widget=UnfoldAdminSelect2MultipleWidget
    )
    filter_channel = forms.MultipleChoiceField(
        label=_("Only these channels"),
        required=False,
        choices=list(DIMENSIONS["channel"].choices.items()),
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=_("Figures that cannot be divided like this are left out of a filtered report."),
    )

    class Meta:
        model = ReportSchedule
        fields = tuple(name for name in CHANGEABLE if name != "filters")
        widgets = {
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "timezone": UnfoldAdminSelect2Widget,
            "day_of_week": UnfoldAdminSelectWidget,
            "time": UnfoldAdminSingleTimeWidget(format="%H:%M"),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance._state.adding:
            self._begin()
        if "timezone" in self.fields:
            self.fields["timezone"].widget.choices = [(name, name) for name in sorted(known_timezones())]
        for key in _filtered():
            field = self.fields.get(FILTER + key)
            chosen = self.instance.filters.get(key, [])
            if isinstance(field, forms.MultipleChoiceField):
                if key in _ROWS:
                    field.choices = _choices(_ROWS[key], chosen)
                self.initial[FILTER + key] = chosen

    def _begin(self) -> None:
        """Begin a new schedule with what a model leaves to fields of its own making, and the organization's zone."""
        for name in ("timeframe", "formats", "compare", "refund_basis"):
            self.initial.setdefault(name, getattr(self.instance, name))
        organization_id = current_organization_id()
        if organization_id is not None and "timezone" not in self.initial:
            self.initial["timezone"] = Organization.objects.get(pk=organization_id).timezone

    def clean(self) -> dict[str, Any]:
        """Check each field as the API does, and bring the filters together."""
        cleaned = super().clean() or self.cleaned_data
        for name in _CHECKED:
            if name in cleaned:
                try:
                    cleaned[name] = checked_fields({name: cleaned[name]})[name]
                except ScheduleRefused as refused:
                    self.add_error(name, _told(refused, cleaned[name]))
        filters = {key: values for key, values in self.instance.filters.items() if FILTER + key not in self.fields}
        filters |= {key: cleaned[FILTER + key] for key in _filtered() if cleaned.get(FILTER + key)}
        cleaned["filters"] = filters
        if cleaned.get("report_type"):
            try:
                check_together(cleaned["report_type"], filters)
            except ScheduleRefused as refused:
                field = refused.field.replace("filters.", FILTER)
                self.add_error(field if field in self.fields else None, refused.message)
        return cleaned

    def fields_to_keep(self) -> dict[str, Any]:
        """Return what the services take."""
        return {name: self.cleaned_data[name] for name in CHANGEABLE if name in self.cleaned_data}


class TimingForm(forms.ModelForm):
    """Only when: for what is foreseen while somebody fills in the rest."""

    timeframe = forms.ChoiceField(choices=[(name, name) for name in TIMEFRAMES])

    class Meta:
        model = ReportSchedule
        fields = (
            "report_type",
            "frequency",
            "day_of_week",
            "day_of_month",
            "on_last_business_day",
            "time",
            "timezone",
            "timeframe",
        )


def _filtered() -> Sequence[str]:
    return ("partner", "category", "channel")


def _choices(model: type[models.Model], chosen: Sequence[str]) -> Choices:
    """Return the first rows by name, and those that are chosen already, gone ones too."""
    rows = {str(row.pk): str(row) for row in model._default_manager.order_by("name", "pk")[:MOST_CHOICES]}
    missing = [key for key in chosen if key not in rows]
    if missing:
        rows |= {str(row.pk): str(row) for row in model._default_manager.filter(pk__in=missing)}
    return [*rows.items(), *((key, _("(deleted)")) for key in missing if key not in rows)]


def _told(refused: ScheduleRefused, value: Any) -> ValidationError:
    _field, _dot, position = refused.field.partition(".")
    if position.isdigit() and isinstance(value, list):
        return ValidationError(f"{str(value[int(position)])[:80]}: {refused.message}")
    return ValidationError(refused.message)
