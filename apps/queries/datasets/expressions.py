"""How values are written by the database itself: masked, harmless to spreadsheets, in ISO 8601.

Each says the same as the Python that it stands for; the tests hold them to it.
"""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import F, Func

from apps.core.spreadsheets import NUMBER, SEPARATORS, SIGNS, SKIPPED, WITHIN
from apps.marketplace.contact import masked_address, masked_email, masked_phone
from apps.queries.datasets.declarations import DatasetColumn, Form, Mask


def _literal(text: str) -> str:
    """Return a literal of SQL in which every character is written by its number: no quote and no percent sign."""
    return "E'" + "".join(f"\\u{ord(character):04x}" for character in text) + "'"


class _Written(Func):
    """A text made of one column, which the template may name more than once."""

    output_field = models.TextField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        """Compile it.

        Raises:
            TypeError: what it is made of has parameters, which can be given only once.

        """
        sql, parameters = super().as_sql(compiler, connection, *args, **context)
        if parameters:
            raise TypeError("Only columns are written.")
        return sql, parameters


# Few texts have a separator, and to look for one is cheaper than to replace.
_GUARDED_WITHIN = (
    f"CASE WHEN %(expressions)s ~ {_literal(f'[{SEPARATORS}]')} THEN"
    f" regexp_replace(%(expressions)s, {_literal(WITHIN.pattern)}, {_literal(chr(92) + '1' + chr(39))}, 'g')"
    " ELSE %(expressions)s END"
)


class Guarded(_Written):
    """What `apps.core.spreadsheets.guarded` returns."""

    template = (
        f"CASE WHEN left(ltrim(%(expressions)s, {_literal(SKIPPED)}), 1)"
        f" IN ({', '.join(_literal(sign) for sign in SIGNS)})"
        f" AND %(expressions)s !~ {_literal(f'^({NUMBER.pattern})$')}"
        f" THEN '''' || {_GUARDED_WITHIN} ELSE {_GUARDED_WITHIN} END"
    )


class MaskedEmail(_Written):
    """What `masked_email` returns."""

    template = "CASE %(expressions)s WHEN '' THEN '' ELSE left(%(expressions)s, 1) || '***@***' END"


class MaskedPhone(_Written):
    """What `masked_phone` returns."""

    template = (
        "CASE WHEN char_length(%(expressions)s) > 4 THEN '***' || right(%(expressions)s, 2)"
        " WHEN %(expressions)s = '' THEN '' ELSE '***' || left(%(expressions)s, 0) END"
    )


class MaskedAddress(_Written):
    """What `masked_address` returns."""

    template = (
        "CASE WHEN strpos(%(expressions)s, '@') > 0 THEN left(%(expressions)s, 1) || '***@***' ELSE %(expressions)s END"
    )


class IsoInstant(_Written):
    """An instant in ISO 8601 with the offset of the session's time zone."""

    template = "to_json(%(expressions)s) #>> '{}'"


class Seconds(_Written):
    """A duration in seconds."""

    template = "trim_scale(extract(epoch FROM %(expressions)s))"


class Words(_Written):
    """Whatever it is, as PostgreSQL writes it."""

    template = "(%(expressions)s)::text"


MASKS: Mapping[Mask, type[_Written]] = {
    masked_email: MaskedEmail,
    masked_phone: MaskedPhone,
    masked_address: MaskedAddress,
}


def seen(column: DatasetColumn, *, in_full: bool) -> Any:
    """Return the column as it may be seen, in full or masked."""
    value: Any = F(column.path)
    return value if in_full or column.mask is None else MASKS[column.mask](value)


def as_csv(column: DatasetColumn, *, in_full: bool) -> Any:
    """Return the column as a cell of a CSV file."""
    value = seen(column, in_full=in_full)
    match column.form:
        case Form.TEXT:
            return Guarded(value)
        case Form.OBJECT:
            return Guarded(Words(value))
        case Form.INSTANT:
            return IsoInstant(value)
        case Form.DURATION:
            return Seconds(value)
        case Form.FLAG:
            return Words(value)
    return value
