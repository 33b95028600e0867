"""Every address the installation answers, read from Django's resolver."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """An address such as /api/orders/{pk}, and the methods it answers."""

    path: str
    methods: frozenset[str]


def routes(prefix: str) -> list[Route]:
    """Return the routes below a prefix such as /api/, each once."""
    found: dict[str, set[str]] = {}
    for path, callback in _patterns(get_resolver().url_patterns, ""):
        if path.startswith(prefix):
            found.setdefault(path, set()).update(_methods(callback))
    return [Route(path, frozenset(methods)) for path, methods in sorted(found.items())]


def _patterns(patterns: list[Any], before: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = before + _readable(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield "/" + path.lstrip("/"), pattern.callback


def _readable(pattern: str) -> str:
    pattern = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern)
    pattern = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", pattern)
    return pattern.removeprefix("^").removesuffix("$").removesuffix(r"\Z").removesuffix("/?").replace("\\", "")


def _methods(callback: Any) -> set[str]:
    actions = getattr(callback, "actions", None)
    if actions:
        return {method.upper() for method in actions if method != "head"}
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    if view is None:
        return {"GET"}
    return {method for method in METHODS if hasattr(view, method.lower())}
