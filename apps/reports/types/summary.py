"""The figures that matter as texts, for the body of a mail and for lists."""

from typing import Any

from apps.accounts.notation import Notation
from apps.analytics.metrics.declarations import Unit
from apps.documents.document import Figure
from apps.documents.units import written
from apps.reports.types.report import Composed
from apps.reports.waiting import notice_of


def summary_of(composed: Composed, timezone: str) -> dict[str, Any]:
    """Return the first figures of a document in its notation, each with its change, as JSON of texts.

    Its readers' clocks are those of an IANA zone, which every instant names.
    """
    document = composed.document
    return {
        "figures": [_figure(figure, document.notation) for figure in document.figures],
        "period": document.period,
        "as_of": "" if document.as_of is None else document.notation.zoned_instant(document.as_of, timezone),
        "notice": notice_of(composed.waiting, document.notation, timezone),
        "restated": composed.restated,
        "is_empty": composed.is_empty,
    }


def _figure(figure: Figure, notation: Notation) -> dict[str, str]:
    change = figure.change
    return {
        "key": figure.key,
        "label": figure.label,
        "value": written(figure.value, Unit(figure.kind), notation),
        "change": change.text if change else "",
        "tone": change.tone if change else "plain",
        "arrow": change.arrow if change else "",
        "title": change.title if change else figure.reason,
    }
