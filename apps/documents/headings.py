"""What a column is called in a file, where its unit cannot be seen otherwise."""

from apps.documents.tables import Column, Kind

_UNITS = {Kind.PERCENT: "%", Kind.MINUTES: "min", Kind.DAYS: "days"}


def heading(column: Column, currency: str, timezone: str = "") -> str:
    """Return the column's name, with its unit where it has one; that of instants with a zone that is given."""
    unit = {Kind.MONEY: currency, Kind.INSTANT: timezone, **_UNITS}.get(column.kind, "")
    return f"{column.label} ({unit})" if unit else column.label
