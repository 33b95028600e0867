"""Finding rows for the command palette: what the lists would find, a few of each kind.

Each list's own permission, rows and search decide, so that the palette tells nobody more than the pages do; and each
search is one that an index serves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.administration.requests import access_of
from apps.accounts.notation import Notation, notation_of
from apps.hierarchy.models import EntityKind

LONGEST_TERM = 200
_SHOWN = 5
_SORTED = 200
Text = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A row: its name, what tells it from others, and its page."""

    title: str
    description: str
    link: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of one kind; `all` is the list of everything that was found, where that is more."""

    title: Text
    rows: tuple[Found, ...]
    all: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A model that is searched, from so many letters on; `page` is the route of a row’s page, else its form."""

    model: str
    title: Text
    icon: str
    describe: Callable[[Any, Notation], str]
    order: tuple[str, ...] = ("name", "id")
    least: int = 2
    fetched: tuple[str, ...] = ()
    page: str = ""


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


SOURCES = (
    Source(
        model="marketplace.Order",
        title=_("Orders"),
        icon="receipt_long",
        describe=lambda order, notation: _joined(
            order.customer, notation.day(order.placed_at.date()), notation.money(order.total)
        ),
        order=("-placed_at", "-id"),
        least=1,
        fetched=("customer",),
    ),
    Source(
        model="marketplace.Customer",
        title=_("Customers"),
        icon="group",
        describe=lambda customer, _notation: _joined(customer.business_type, customer.city),
    ),
    Source(
        model="marketplace.Partner",
        title=_("Partners"),
        icon="storefront",
        describe=lambda partner, _notation: _joined(partner.code, partner.city),
        page="dashboard_partner",
    ),
    Source(
        model="marketplace.Product",
        title=_("Products"),
        icon="sell",
        describe=lambda product, _notation: _joined(product.sku),
    ),
    Source(
        model="hierarchy.Entity",
        title=_("Accounts"),
        icon="account_tree",
        describe=lambda entity, _notation: _joined(EntityKind(entity.kind).label, entity.region),
    ),
)


def find_groups(request: HttpRequest, term: str) -> list[Group]:
    """Return the rows that the request may see and that the term finds, by kind: one statement a kind."""
    access = access_of(request)
    if access is None:
        return []
    notation = notation_of(access.organization)
    groups = (_group(request, source, term, notation) for source in SOURCES if len(term) >= source.least)
    return [group for group in groups if group is not None]


def _group(request: HttpRequest, source: Source, term: str, notation: Notation) -> Group | None:
    model = apps.get_model(source.model)
    listed = admin.site.get_model_admin(model)
    if not listed.has_view_permission(request):
        return None
    matching, _may_repeat = listed.get_search_results(request, model.objects.order_by(), term)
    # Sorted at once, the planner would read all names in order until enough of them match.
    rows = model.objects.filter(pk__in=matching.values("pk")[:_SORTED]).order_by(*source.order)
    found = list((rows.select_related(*source.fetched) if source.fetched else rows)[: _SHOWN + 1])
    if not found:
        return None
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    shown = tuple(
        Found(
            title=str(row),
            description=source.describe(row, notation),
            link=reverse(f"admin:{source.page}" if source.page else f"{name}_change", args=[row.pk]),
            icon=source.icon,
        )
        for row in found[:_SHOWN]
    )
    query: Mapping[str, str] = {"q": term}
    more = f"{reverse(f'{name}_changelist')}?{urlencode(query)}" if len(found) > _SHOWN else ""
    return Group(title=source.title, rows=shown, all=more)
