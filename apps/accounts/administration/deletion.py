"""What a deletion would take along, counted and not listed: a partner may have a million orders."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.db import models
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from apps.accounts.administration.figures import whole
from apps.accounts.administration.paging import MOST_ROWS_COUNTED

MOST_ROWS_LISTED = 20

Summary = tuple[list[Any], dict[str, str], set[str], list[str]]


def deletion_summary(chosen: Iterable[models.Model], request: HttpRequest, site: AdminSite) -> Summary:
    """Return what Django's confirmation asks for: rows to delete, counts by kind, lacking permissions, what forbids it.

    One query for each kind of row that refers to these, none of which reads rows.
    """
    rows = list(chosen)
    if not rows:
        return [], {}, set(), []
    model = type(rows[0])
    counts: dict[str, str] = {_plural(model): _shown(len(rows))}
    lacking: set[str] = set()
    forbidding: list[str] = []
    for related, count, is_lost in _followers(model, [row.pk for row in rows]):
        if is_lost:
            counts[_plural(related)] = _shown(count)
            if site.is_registered(related) and not site.get_model_admin(related).has_delete_permission(request):
                lacking.add(_plural(related))
        else:
            forbidding.append(f"{_shown(count)} {_plural(related) if count != 1 else related._meta.verbose_name}")
    listed: list[Any] = [_link(row, site) for row in rows[:MOST_ROWS_LISTED]]
    if len(rows) > MOST_ROWS_LISTED:
        listed.append("…")
    return listed, counts, lacking, forbidding


def _followers(model: type[models.Model], keys: Any) -> Iterator[tuple[type[models.Model], int, bool]]:
    """Yield the kinds of rows that a deletion deletes (True) or that forbid it (False), with their capped counts."""
    for relation in model._meta.related_objects:
        behaviour = getattr(relation, "on_delete", None)
        if behaviour not in {models.CASCADE, models.PROTECT, models.RESTRICT}:
            continue
        related = cast("type[models.Model]", relation.related_model)
        rows = related._default_manager.filter(**{f"{relation.field.name}__in": keys}).order_by()
        count = rows.values("pk")[: MOST_ROWS_COUNTED + 1].count()
        if count:
            yield related, count, behaviour is models.CASCADE
        if count and behaviour is models.CASCADE:
            yield from _followers(related, rows.values("pk"))


def _shown(count: int) -> str:
    return whole(count) if count <= MOST_ROWS_COUNTED else f"> {whole(MOST_ROWS_COUNTED)}"


def _plural(model: type[models.Model]) -> str:
    return str(model._meta.verbose_name_plural)


def _link(row: models.Model, site: AdminSite) -> str:
    label = capfirst(str(row._meta.verbose_name))
    try:
        url = reverse(f"{site.name}:{row._meta.app_label}_{row._meta.model_name}_change", args=(quote(row.pk),))
    except NoReverseMatch:
        return f"{label}: {row}"
    return format_html('{}: <a href="{}" class="text-link">{}</a>', label, url, row)
