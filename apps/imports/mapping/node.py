"""A place in a YAML document: its value, where it is, and what may stand there."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from apps.imports.errors import MappingError


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint at the known name that is most like this one, or nothing."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean “{found[0]}”?" if found else ""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the document. Every reading method raises MappingError with file, key and what was expected."""

    source: str
    path: str
    value: Any

    def fail(self, message: str) -> NoReturn:
        """Refuse the document because of this place."""
        place = f"{self.source}, {self.path}" if self.path else self.source
        raise MappingError(f"{place}: {message}")

    def child(self, key: str) -> "Node":
        """Return the value under a key, None when it is absent."""
        return Node(self.source, f"{self.path}.{key}" if self.path else key, self.value.get(key))

    def section(self, *allowed: str, required: Iterable[str] = ()) -> "Node":
        """Accept keys with values, and only these keys."""
        self.keys()
        for key in self.value:
            if key not in allowed:
                self.fail(f"unknown key “{key}”. Expected {', '.join(allowed)}.{nearest(str(key), allowed)}")
        for key in required:
            if self.value.get(key) is None:
                self.fail(f"“{key}” is missing.")
        return self

    def keys(self) -> list[str]:
        """Accept keys with values, whatever the keys are."""
        if not isinstance(self.value, dict):
            self.fail(f"expected keys and values, found {self._kind()}.")
        for key in self.value:
            if not isinstance(key, str):
                self.fail(f"the key {key!r} is not text; put it in quotes.")
        return list(self.value)

    def children(self) -> list[tuple[str, "Node"]]:
        """Return keys and values, whatever the keys are."""
        return [(key, self.child(key)) for key in self.keys()]

    def items(self) -> list["Node"]:
        """Accept a list; a single value is a list of one."""
        values = self.value if isinstance(self.value, list) else [self.value]
        return [Node(self.source, f"{self.path}[{number}]", value) for number, value in enumerate(values, 1)]

    def text(self) -> str:
        """Accept text."""
        if not isinstance(self.value, str):
            self.fail(f"expected text, found {self._kind()}.")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """Accept text or a list of texts."""
        return tuple(item.text() for item in self.items())

    def scalar(self) -> str | int | bool | Decimal:
        """Accept text, a number, or yes or no."""
        if isinstance(self.value, float):
            return Decimal(repr(self.value))
        if not isinstance(self.value, str | int | bool):
            self.fail(f"expected text, a number, or yes or no; found {self._kind()}.")
        return self.value

    def flag(self) -> bool:
        """Accept yes or no."""
        if not isinstance(self.value, bool):
            self.fail(f"expected yes or no, found {self._kind()}.")
        return self.value

    def whole(self) -> int:
        """Accept a whole number above zero."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 1:
            self.fail(f"expected a whole number above zero, found {self._kind()}.")
        return self.value

    def choice(self, known: Iterable[str], what: str) -> str:
        """Accept one of the known names."""
        names = list(known)
        name = self.text()
        if name not in names:
            self.fail(f"unknown {what} “{name}”. Expected {', '.join(names)}.{nearest(name, names)}")
        return name

    def _kind(self) -> str:
        if self.value is None:
            return "nothing"
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        if isinstance(self.value, dict):
            return "keys and values"
        if isinstance(self.value, list):
            return "a list"
        return f"the {'number' if isinstance(self.value, int | float) else 'text'} {str(self.value)[:40]!r}"
