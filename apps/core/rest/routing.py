"""Addresses: /path and /path/ answer alike."""

from typing import Any

from django.urls import URLPattern, re_path
from rest_framework.routers import SimpleRouter


def address(pattern: str, view: Any, name: str) -> URLPattern:
    """Return the route of a regular expression without anchors, with or without a slash at its end."""
    route: URLPattern = re_path(rf"^{pattern}/?$", view, name=name)
    return route


class FactRouter(SimpleRouter):
    """Routes of view sets, with or without a slash at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"
