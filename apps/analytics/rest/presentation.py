"""Answers as JSON, and how OpenAPI describes them. Nothing is worked out here."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Metric, Unit
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.doubts import CODES, AsSaid
from apps.analytics.metrics.expressions import formula_of
from apps.analytics.metrics.query import MetricTable, Row
from apps.analytics.metrics.questions import dimensions_of, has_basis
from apps.analytics.metrics.scope import Scope
from apps.analytics.metrics.values import Compared, NoChange, NoRange
from apps.analytics.selectors import Stale
from apps.core.periods import Period

Json = dict[str, Any]


def values_json(table: MetricTable) -> Json:
    """Return each metric's total with its unit, and how it compares."""
    return {
        metric.key: {
            "value": table.total[metric.key],
            "unit": metric.unit,
            **(compared_json(table.total.compared[metric.key]) if table.total.compared else {}),
        }
        for metric in table.question.metrics
    }


def table_json(table: MetricTable) -> Json:
    """Return a table with its columns, rows and total."""
    return {
        "columns": [
            {"key": column.key, "label": column.label, **({"unit": column.unit} if column.unit else {})}
            for column in table.columns
        ],
        "rows": [_row_json(table, row) for row in table.rows],
        "total": {**table.total.values, **_compared_json(table.total)},
        "groups": table.groups,
    }


def compared_json(compared: Compared) -> Json:
    """Return how a value compares with an earlier one."""
    return {
        "earlier": compared.earlier,
        "change": compared.change,
        "change_percent": compared.percent,
        "reason": compared.reason,
        "within_normal_range": compared.within_normal_range,
        "range_reason": compared.range_reason,
    }


def period_json(period: Period) -> Json:
    """Return a period by its inclusive business dates."""
    return {"start_date": period.first, "end_date": period.last, "days": period.days}


def organization_json(scope: Scope) -> Json:
    """Return whose figures they are, and how they are to be read."""
    organization = scope.organization
    return {
        "id": organization.pk,
        "name": organization.name,
        "currency": organization.currency,
        "timezone": organization.timezone,
        "day_starts_at": f"{organization.day_starts_at:%H:%M}",
    }


def as_said_json(said: AsSaid | None) -> Json | None:
    """Return of which instant of the past an answer is, and what it cannot know; None for one of now."""
    if said is None:
        return None
    return {
        "instant": said.instant,
        "known_through": said.known_through,
        "published_since": said.published_since,
        "unknown": [{"code": one.code, "about": one.about or None, "message": one.message} for one in said.unknown],
    }


def metric_json(metric: Metric) -> Json:
    """Return a metric as the catalogue shows it."""
    example = metric.example
    return {
        "key": metric.key,
        "label": metric.label,
        "group": metric.group,
        "unit": metric.unit,
        "formula": metric.formula,
        "expression": formula_of(metric.expression),
        "additive": metric.additive,
        "is_snapshot": metric.is_snapshot,
        "has_refund_basis": has_basis(metric),
        "higher_is_better": metric.higher,
        "dimensions": dimensions_of(metric),
        "example": {"value": example.value, "because": example.because, "by": example.by, "named": example.named},
    }


def _row_json(table: MetricTable, row: Row) -> Json:
    shown: Json = {}
    if row.bucket is not None:
        shown |= {"date": row.bucket.first, "through": row.bucket.last, "whole": row.bucket.whole}
    for dimension, key, label in zip(table.question.dimensions, row.keys, row.labels, strict=True):
        shown |= {dimension.key: key or None, f"{dimension.key}_label": label}
    return {**shown, **row.values, **({"share": dict(row.shares)} if row.shares else {}), **_compared_json(row)}


def _compared_json(row: Row) -> Json:
    if not row.compared:
        return {}
    return {"compared": {key: compared_json(compared) for key, compared in row.compared.items()}}


# OpenAPI

_NUMBER = {"type": ["number", "null"]}
_TEXT = {"type": "string"}
_OPTIONAL = {"type": ["string", "null"]}
COMPARED_SCHEMA: Json = {
    "earlier": _NUMBER,
    "change": _NUMBER,
    "change_percent": {**_NUMBER, "description": "Of the earlier value; null with a reason."},
    "reason": {**_OPTIONAL, "enum": [*map(str, NoChange), None]},
    "within_normal_range": {
        "type": ["boolean", "null"],
        "description": "Whether a change of this size is what days of the week vary by anyway; null with a reason.",
    },
    "range_reason": {**_OPTIONAL, "enum": [*map(str, NoRange), None]},
}
PERIOD_SCHEMA: Json = {
    "type": "object",
    "properties": {
        "start_date": {**_TEXT, "format": "date"},
        "end_date": {**_TEXT, "format": "date"},
        "days": {"type": "integer"},
    },
    "required": ["start_date", "end_date", "days"],
}
ORGANIZATION_SCHEMA: Json = {
    "type": "object",
    "properties": dict.fromkeys(("id", "name", "currency", "timezone", "day_starts_at"), _TEXT),
    "required": ["id", "name", "currency", "timezone", "day_starts_at"],
}
AS_SAID_SCHEMA: Json = {
    "type": ["object", "null"],
    "description": "What `as_of` asked for; null where it was not given.",
    "properties": {
        "instant": {**_TEXT, "format": "date-time"},
        "known_through": {
            **_TEXT,
            "format": "date",
            "description": "The last business day that was over by then; of later ones nothing is in the answer.",
        },
        "published_since": {**_TEXT, "format": "date-time", "description": "Since when what was said is known."},
        "unknown": {
            "type": "array",
            "description": "What the answer cannot know of that instant.",
            "items": {
                "type": "object",
                "properties": {
                    "code": {**_TEXT, "enum": list(CODES)},
                    "about": {**_OPTIONAL, "description": "The key of the metric, dimension or section."},
                    "message": _TEXT,
                },
                "required": ["code", "about", "message"],
            },
        },
    },
    "required": ["instant", "known_through", "published_since", "unknown"],
}
FRESHNESS_SCHEMA: Json = {
    "type": "object",
    "description": "How fresh the answer is.",
    "properties": {
        "as_of": {
            **_OPTIONAL,
            "format": "date-time",
            "description": "Facts committed by then are in it; null before the first refresh.",
        },
        "computed_at": {**_TEXT, "format": "date-time"},
        "source": {**_TEXT, "enum": ["live", "cache", "last_good"]},
        "stale": {"type": "boolean"},
        "reason": {
            **_OPTIONAL,
            "enum": [*Stale, None],
        },
        "failing_days": {
            "type": "array",
            "items": {**_OPTIONAL, "format": "date"},
            "description": (
                "Business days of the organization that cannot be computed at present, the newest first, at most 100;"
                " null stands for its customers. Absent where there are none."
            ),
        },
    },
    "required": ["as_of", "computed_at", "source", "stale", "reason"],
}
TABLE_SCHEMA: Json = {
    "type": "object",
    "description": (
        "Rows by dimensions and time. A dimension is its key, null for none, and `<key>_label`; a metric is its number;"
        " `compared` has each metric beside the earlier period; `share` is the part of the total in percent."
    ),
    "properties": {
        "columns": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"key": _TEXT, "label": _TEXT, "unit": {**_TEXT, "enum": [*map(str, Unit)]}},
                "required": ["key", "label"],
            },
        },
        "rows": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
        "total": {"type": "object", "additionalProperties": True, "description": "Over all, not only the rows."},
        "groups": {"type": "integer", "description": "How many rows there would be without a limit."},
    },
    "required": ["columns", "rows", "total", "groups"],
}


def object_schema(properties: Mapping[str, Json]) -> Json:
    """Return an object that has all of these."""
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def values_schema(metrics: tuple[str, ...], *, is_compared: bool) -> Json:
    """Return metrics with their values, described by their formulas."""
    beside = COMPARED_SCHEMA if is_compared else {}
    return object_schema(
        {
            key: {
                **object_schema({"value": _NUMBER, "unit": {**_TEXT, "enum": [str(METRICS[key].unit)]}, **beside}),
                "description": METRICS[key].formula,
            }
            for key in metrics
        }
    )


def dimensions_json() -> list[Json]:
    """Return the dimensions as the catalogue shows them."""
    return [
        {
            "key": dimension.key,
            "label": dimension.label,
            "description": dimension.description,
            "values": {key: str(label) for key, label in dimension.choices.items()} or None,
        }
        for dimension in DIMENSIONS.values()
    ]


def freshness_json(
    as_of: datetime.datetime | None,
    computed_at: datetime.datetime,
    source: str,
    reason: Stale | None,
    failing_days: Sequence[datetime.date | None],
) -> Json:
    """Return how fresh an answer is, and why it is not fresher where it could be."""
    freshness = {
        "as_of": as_of, "computed_at": computed_at, "source": source, "stale": reason is not None, "reason": reason,
    }  # fmt: skip
    return {**freshness, "failing_days": list(failing_days)} if failing_days else freshness
