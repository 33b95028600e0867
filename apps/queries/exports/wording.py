"""What was asked of an export, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.queries.datasets import DATASETS
from apps.queries.models import DataExport

_VALUES_TOLD = 20


def asked_in_words(export: DataExport, filters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what rows an export has, as pairs of name and value; `filters` are its own, as the reader may see them."""
    told = [(_("Only: %s") % _name(export, name), _value(value)) for name, value in filters.items()]
    if export.question:
        told.append((_("Metrics"), ", ".join(export.question["metrics"])))
        told.append((_("Period"), f"{export.question['start_date']} – {export.question['end_date']}"))
    return told or [(_("Filters"), _("None: everything there was"))]


def _name(export: DataExport, name: str) -> str:
    periods = {"start_date": _("first day"), "end_date": _("last day")}
    dataset = DATASETS.get(export.dataset)
    known = dataset.filters.get(name) if dataset else None
    return periods.get(name) or (str(known.label) if known else name)


def _value(value: Any) -> str:
    return ", ".join(map(str, value[:_VALUES_TOLD])) if isinstance(value, list) else str(value)
