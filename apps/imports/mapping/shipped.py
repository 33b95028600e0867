"""The mappings that come with Bellwether."""

from functools import cache
from pathlib import Path

from apps.imports.errors import MappingError
from apps.imports.mapping.node import nearest
from apps.imports.mapping.reader import read_mapping
from apps.imports.mapping.schema import Mapping

FOLDER = Path(__file__).resolve().parent.parent / "mappings"


@cache
def shipped_mappings() -> dict[str, Mapping]:
    """Return every shipped mapping by name."""
    return {path.stem: read_mapping(path.read_text(), name=path.stem) for path in sorted(FOLDER.glob("*.yaml"))}


def shipped_text(name: str) -> str:
    """Return the YAML of a shipped mapping.

    Raises:
        MappingError: there is none of that name.

    """
    names = [path.stem for path in sorted(FOLDER.glob("*.yaml"))]
    if name not in names:
        raise MappingError(f"There is no mapping “{name[:100]}”. Shipped are {', '.join(names)}.{nearest(name, names)}")
    return (FOLDER / f"{name}.yaml").read_text()
