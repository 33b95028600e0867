"""What the templates of the admin ask for."""

from typing import Any

from django.db.models import Model
from django.template import Library
from django.utils.text import capfirst

from apps.backoffice.navigation import title_of

register = Library()


@register.filter
def crumb(part: dict[str, Any]) -> str:
    """Return a page's title in the header: a list is called as in the sidebar, and a row as it is written."""
    title = part["title"]
    if isinstance(title, Model):
        return str(title)
    return title_of(str(part.get("link", ""))) or capfirst(str(title))


@register.filter
def is_app(part: dict[str, Any]) -> bool:
    """Tell whether a part of the header names an app: how the program is divided, and nobody's way to a page."""
    return str(part.get("link", "")).strip("/").count("/") == 1
