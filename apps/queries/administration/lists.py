"""What a list shows, as what an export is to hold: the same filters and search, whatever the list's page is."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import build_q_object_from_lookup_parameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.queries.datasets import DATASET_OF_MODEL, Dataset

LIST = "list"
_PAGING = ("p", "o", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list: its dataset, what the database is asked for, the same for people, and its address."""

    dataset: Dataset
    asked: tuple[Q, ...]
    told: Mapping[str, str]
    address: str


class UnreadableList(Exception):
    """The address of a list has a filter that cannot be read; `address` is where the list says so."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class _Recorder:
    """Stands in for the rows while filters narrow them, and keeps what they ask for."""

    def __init__(self, rows: "models.QuerySet[Any]") -> None:
        self.model, self.query = rows.model, rows.query
        self.asked: list[Q] = []

    def filter(self, *conditions: Any, **lookups: Any) -> "_Recorder":
        if any(conditions) or lookups:
            self.asked.append(Q(*conditions, **lookups))
        return self


def export_address(model: type[models.Model], query: QueryDict) -> str:
    """Return where a list's rows are exported, or nothing for a model that is no dataset."""
    if model not in DATASET_OF_MODEL:
        return ""
    asked = query.copy()
    for name in (*_PAGING, LIST):
        asked.pop(name, None)
    asked[LIST] = model._meta.label_lower
    return f"{reverse('admin:queries_dataexport_add')}?{asked.urlencode()}"


def listed(request: HttpRequest) -> Listed | None:
    """Return the list that the address names, as this request may see it; None where it names none.

    Raises:
        UnreadableList: it asks for something that its list cannot read either.

    """
    query = request.GET.copy()
    label = (query.pop(LIST, None) or [""])[0]
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return None
    dataset = DATASET_OF_MODEL.get(model)
    if dataset is None or not admin.site.is_registered(model):
        return None
    page = admin.site.get_model_admin(model)
    if not page.has_view_permission(request):
        return None
    asking = copy.copy(request)
    asking.GET = query  # type: ignore[assignment]
    asking.method = "GET"
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")
    try:
        changes: Any = page.get_changelist_instance(asking)
    except IncorrectLookupParameters as error:
        raise UnreadableList(f"{address}?{ERROR_FLAG}=1") from error
    recorder: Any = _Recorder(page.get_queryset(asking))
    specs, _has_filters, remaining, _duplicates, _active = changes.get_filters(asking)
    told = {chip["title"]: chip["chosen"] for chip in changes.chips}
    for spec in specs:
        before = len(recorder.asked)
        spec.queryset(asking, recorder)
        if len(recorder.asked) > before:
            told.setdefault(str(spec.title), _as_asked(query, spec.expected_parameters()))
    if remaining:
        recorder.filter(build_q_object_from_lookup_parameters(remaining))
        told |= {name: _as_asked(query, [name]) for name in remaining}
    before = len(recorder.asked)
    page.get_search_results(asking, recorder, changes.query)
    if len(recorder.asked) > before:
        told[_("Search")] = changes.query
    return Listed(
        dataset=dataset,
        asked=tuple(recorder.asked),
        told=told,
        address=f"{address}?{query.urlencode()}" if query else address,
    )


def _as_asked(query: QueryDict, names: Iterable[str | None]) -> str:
    """Return the values of an address that no label stands for."""
    return ", ".join(value for name in names if name for value in query.getlist(name))
