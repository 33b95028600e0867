"""Every value that a page shows with an address: what it says, and where it leads."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any, NamedTuple

from apps.backoffice.dashboards.figures import Card
from apps.backoffice.dashboards.grids import Cell
from apps.backoffice.dashboards.heats import Heat

METRIC = re.compile(r"/admin/metrics/[a-z_]+/\?[^\"'<>\s]*")


class Linked(NamedTuple):
    """A value as the page writes it, in one or more ways, and its address."""

    says: tuple[str, ...]
    href: str


def addresses_in(html: str) -> set[str]:
    """Return the address of every explanation in a page, in its links and in what its scripts draw."""
    return set(METRIC.findall(unescape(html.replace("\\u0026", "&"))))


def values_in(panel: Mapping[str, Any]) -> Iterator[Linked]:
    """Return the values of a panel, as its template and its chart get them, that have an address."""
    shown = [
        *(Linked((card.exact,), card.href) for card in panel.get("cards", ())),
        *_of_rows(cells for grid in [panel.get("grid")] if grid and grid.rows for cells in (*grid.rows, grid.total)),
        *_of_rows(row["cells"] for row in panel.get("rows", ())),
        *_of_chart(panel.get("chart", {})),
    ]
    return (value for value in shown if METRIC.match(value.href))


def changes_in(panel: Mapping[str, Any]) -> Iterator[Linked]:
    """Return the changes of a panel that have an address."""
    if not panel.get("is_nothing", True):
        yield Linked((panel["change"],), panel["href"])
        yield from (Linked((one["change"],), one["href"]) for one in panel["drivers"])


def _of_rows(rows: Iterable[Iterable[Card | Cell | Heat | None]]) -> Iterator[Linked]:
    for cell in (cell for cells in rows for cell in cells):
        if isinstance(cell, Heat):
            yield Linked((cell.text, cell.title, cell.about), cell.href)
        elif isinstance(cell, Cell):
            yield Linked((cell.about,) if cell.about else (cell.sort or cell.text,), cell.href)


def _of_chart(chart: Mapping[str, Any]) -> Iterator[Linked]:
    for metric in chart.get("metrics", ()):
        yield from map(Linked, [(text,) for text in metric["exact"]], metric["links"])
    for step in chart.get("steps", ()):
        yield Linked((step["exact"],), step["link"])
    for point in chart.get("points", ()):
        yield Linked(tuple(point["exact"]), point["link"])
