"""What the templates of the admin ask for."""

from collections.abc import Sequence
from dataclasses import asdict
from html import unescape
from itertools import count
from typing import Any

from django.db.models import Model
from django.template import Context, Library
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.backoffice.navigation import title_of
from apps.backoffice.search import Group, Text

register = Library()
_PAGES_SHOWN = 5


@register.filter
def crumb(part: dict[str, Any]) -> str:
    """Return a page's title in the header: a list is called as in the sidebar, and a row as it is written."""
    title = part["title"]
    if isinstance(title, Model):
        return str(title)
    # Unfold escapes what it makes titles of; the template does so once more.
    return title_of(str(part.get("link", ""))) or capfirst(unescape(str(title)))


@register.simple_tag(takes_context=True)
def page_title(context: Context) -> str:
    """Return what a browser calls the page: its title, as in the sidebar where it is a list, then whose it is."""
    request, changelist = context.get("request"), context.get("cl")
    title = title_of(request.path) if changelist is not None and request is not None else ""
    title = title or capfirst(unescape(str(context.get("title") or "")))
    organization = context.get("organization")
    parts = (context.get("subtitle"), title, organization.name if organization else "", _("Bellwether"))
    return " · ".join(str(part) for part in parts if part)


@register.filter
def is_app(part: dict[str, Any]) -> bool:
    """Tell whether a part of the header names an app: how the program is divided, and nobody's way to a page."""
    return str(part.get("link", "")).strip("/").count("/") == 1


@register.filter
def after_pages(groups: Sequence[Group], pages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the palette's groups, pages first, with each item's number as the arrow keys count them."""
    numbers = count(1)
    shown: list[tuple[Text, Sequence[dict[str, Any]]]] = [(_("Pages"), pages[:_PAGES_SHOWN])] if pages else []
    shown += [(group.title, [*map(asdict, group.rows), *_everything(group)]) for group in groups]
    return [{"title": title, "items": [{**item, "number": next(numbers)} for item in items]} for title, items in shown]


def _everything(group: Group) -> list[dict[str, Any]]:
    return [{"title": _("All that match"), "link": group.all, "icon": "arrow_forward"}] if group.all else []
