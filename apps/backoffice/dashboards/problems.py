"""What cannot be read of a period or comparison, in the words of the form that it was given in."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts.notation import Notation
from apps.core.constraints import EARLIEST, LATEST
from apps.core.periods import MAX_DAYS
from apps.reports.wording import nothing_said

PERIOD_FIELDS = ("timeframe", "start_date", "end_date")
_NO_DATE: str | Promise = _lazy("There is no such day. Write one as %(example)s.")
_TOLD: Mapping[str, str | Promise] = {
    "out_of_range": _lazy("Choose a day between %(earliest)s and %(latest)s."),
    "no_room": _lazy("Choose a first day as well, or a later last day: days before %(earliest)s are not kept."),
    "not_begun": _lazy("This day is still to come. Choose one up to today, %(today)s, or give a last day after it."),
    "reversed": _lazy("The first day, %(first)s, comes after the last, %(last)s. Swap them or change one."),
    "too_long": _lazy("A period has at most %(most)s days, and this has %(days)s. Choose a later first day."),
}
_NO_CHOICE: str | Promise = _lazy("“%(given)s” cannot be chosen. Choose one of the list.")


def problems_of(
    refused: Mapping[str, Any],
    given: Mapping[str, str],
    notation: Notation,
    today: datetime.date,
    *,
    since: datetime.datetime | None = None,
) -> dict[str, str]:
    """Return what is wrong by the field at fault; `refused` are the details of a `ValidationError` by field.

    `since` is when figures were first published.
    """
    days = {key: read_date(given.get(key, "")) for key in ("start_date", "end_date")}
    first, last = days["start_date"], days["end_date"] or today
    words = {
        "earliest": notation.day(EARLIEST.date()),
        "latest": notation.day(LATEST.date() - datetime.timedelta(days=1)),
        "today": notation.day(today),
        "example": today.isoformat(),
        "first": notation.day(first) if first else "",
        "last": notation.day(last),
        "most": notation.number(MAX_DAYS),
        "days": notation.number((last - first).days + 1) if first else "",
    }
    found = {}
    for field, (reason, *_rest) in refused.items():
        if field == "as_of":
            found[field] = nothing_said(reason.code, notation, since)
            continue
        if field not in days:
            text = _NO_CHOICE
        elif days[field] is None:
            text = _NO_DATE
        else:
            text = _TOLD.get(reason.code) or _TOLD["out_of_range"]
        found[field] = str(text) % {**words, "given": given.get(field, "")[:40]}
    return found


def read_date(text: str) -> datetime.date | None:
    """Return the date that a field of dates would show, or None for what it would lose."""
    try:
        return parse_date(text) if len(text) == len("2026-03-01") else None
    except ValueError:
        return None
