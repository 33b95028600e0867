"""YAML as mappings use it: small, each thing written out where it stands, and only text that can be kept."""

from typing import Any

import yaml

from apps.imports.errors import MappingError

MAX_CHARACTERS = 200_000


class _WithoutAliases(yaml.SafeLoader):
    """Twenty lines of aliases to aliases stand for millions of expressions, so that nothing may stand for another."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            place = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not read: write it out instead", place)
        return super().compose_node(parent, index)


def load_document(text: str, *, name: str) -> Any:
    """Return the plain values of a YAML document.

    Raises:
        MappingError: it is too long, or not YAML, or has an alias, or characters that PostgreSQL does not keep.

    """
    if len(text) > MAX_CHARACTERS:
        raise MappingError(f"{name}: a mapping has at most {MAX_CHARACTERS:,} characters.")
    try:
        document = yaml.load(text, Loader=_WithoutAliases)  # noqa: S506 - a SafeLoader that reads less
        _refuse_unkept(document)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise MappingError(f"{name}: this is not YAML. {str(error)[:300]}") from error
    return document


def _refuse_unkept(value: Any) -> None:
    """Refuse what escapes put into a text: NUL, and halves of surrogate pairs."""
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("A text has the NUL character.")
        value.encode()
    elif isinstance(value, dict):
        for key, part in value.items():
            _refuse_unkept(key)
            _refuse_unkept(part)
    elif isinstance(value, list):
        for part in value:
            _refuse_unkept(part)
