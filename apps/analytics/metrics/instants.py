"""Instants of the past that can be asked about: since figures were published, and not of the future."""

import datetime
from typing import Any, Literal

from apps.accounts.models import Organization
from apps.analytics.selectors import published_since
from apps.core.context import organization_context
from apps.core.rest.fields import read_day, read_instant

_FORM = "Give an ISO 8601 date, such as 2026-03-01, or an instant with its offset, such as 2026-03-01T09:30:00+01:00."
_MICROSECOND = datetime.timedelta(microseconds=1)
Fault = Literal["unreadable", "not_over", "not_published"]


class NothingSaid(ValueError):
    """An instant as of which nothing can be said; `message` says why to whoever calls the API, `fault` to programs.

    `since` is when the first figures were published, where that is why.
    """

    def __init__(self, message: str, fault: Fault, *, since: datetime.datetime | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fault = fault
        self.since = since


def read_as_of(text: Any, organization: Organization, *, now: datetime.datetime) -> datetime.datetime:
    """Return the instant in UTC that an ISO 8601 text names; a date means the last microsecond of that business day.

    Raises:
        NothingSaid: it cannot be read, is not over, or lies before anything was published.

    """
    instant = _read(text, organization)
    if instant > now:
        raise NothingSaid(
            f"{text} is not over. Give an instant up to now or a day before today; leave it away for figures of now.",
            "not_over",
        )
    with organization_context(organization.pk):
        since = published_since()
    if since is None:
        raise NothingSaid("No figures were published yet, so nothing was said then.", "not_published")
    if instant < since:
        first = since.astimezone(organization.calendar.zone).isoformat(timespec="seconds")
        raise NothingSaid(
            f"What was said is known since {first}, when figures were first published.", "not_published", since=since
        )
    return instant


def _read(text: Any, organization: Organization) -> datetime.datetime:
    text = text if isinstance(text, str) else ""
    try:
        if "T" in text:
            return read_instant(text)
        day = read_day(text)
    except ValueError as error:
        raise NothingSaid(_FORM, "unreadable") from error
    return organization.calendar.day_start(day + datetime.timedelta(days=1)) - _MICROSECOND
