"""What an export is to hold, and as which file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget

from apps.queries.datasets import DATASETS
from apps.queries.models import ExportFormat


class FormatForm(forms.Form):
    """As which file the rows of a list are wanted."""

    format = forms.ChoiceField(
        label=_("File"),
        choices=ExportFormat.choices,
        initial=ExportFormat.CSV,
        widget=UnfoldAdminSelectWidget,
        help_text=_("CSV takes any number of rows in seconds; Excel up to a million; PDF a few thousand."),
    )


class ExportForm(FormatForm):
    """The same of a dataset, over some days or all of them."""

    field_order = ("dataset", "start_date", "end_date", "format")

    dataset = forms.ChoiceField(label=_("What"), widget=UnfoldAdminSelectWidget)
    start_date = forms.DateField(
        label=_("From"),
        required=False,
        widget=UnfoldAdminDateWidget,
        help_text=_("The first business day; leave both empty for all there is."),
    )
    end_date = forms.DateField(label=_("To"), required=False, widget=UnfoldAdminDateWidget)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        groups: dict[bool, list[tuple[str, str]]] = {False: [], True: []}
        for key, dataset in DATASETS.items():
            groups[dataset.is_computed].append((key, dataset.label))
        chosen: Any = self.fields["dataset"]
        chosen.choices = [(_("Records"), groups[False]), (_("Figures"), groups[True])]

    @property
    def filters(self) -> dict[str, str]:
        """Return the period, as far as one was chosen."""
        days = {name: self.cleaned_data.get(name) for name in ("start_date", "end_date")}
        return {name: day.isoformat() for name, day in days.items() if day}
