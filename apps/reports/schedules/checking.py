"""What a schedule may say, checked the same for forms, the API and the demonstration data."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.timezones import known_timezones
from apps.core.periods import TIMEFRAMES
from apps.notifications.addresses import InvalidRecipient, normalized_recipients, one_line
from apps.reports.errors import ReportRefused
from apps.reports.models import Format
from apps.reports.models.schedules import MOST_RECIPIENTS
from apps.reports.services import checked_parameters, refuse_foreign_filters

LONGEST_NAME = 200


class ScheduleRefused(ReportRefused):
    """A schedule that cannot be had as it was asked for; `field` names what is at fault, `message` says why."""


def checked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return these fields of a schedule in the writing that is kept.

    Raises:
        ScheduleRefused: one cannot be kept; it is named (`recipients.2`).

    """
    return {name: _CHECKS[name](value) if name in _CHECKS else value for name, value in fields.items()}


def checked_name(name: str) -> str:
    """Return a name as one line.

    Raises:
        ScheduleRefused: it is empty or too long, or holds line breaks or other control characters.

    """
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in name.strip()):
        raise ScheduleRefused("name", _("A name is one line, without control characters."))
    line = one_line(name)
    if not line:
        raise ScheduleRefused("name", _("Give it a name."))
    if len(line) > LONGEST_NAME:
        raise ScheduleRefused("name", _("A name has at most %(most)d characters.") % {"most": LONGEST_NAME})
    return line


def checked_recipients(addresses: Sequence[str]) -> list[str]:
    """Return the addresses in their one spelling, each once.

    Raises:
        ScheduleRefused: one is none, there is none, or there are too many.

    """
    if len(addresses) > MOST_RECIPIENTS:
        raise ScheduleRefused(
            "recipients", _("A schedule has at most %(most)d recipients.") % {"most": MOST_RECIPIENTS}
        )
    try:
        found = normalized_recipients(addresses)
    except InvalidRecipient as error:
        raise ScheduleRefused(f"recipients.{error.position}", error.message) from error
    if not found:
        raise ScheduleRefused("recipients", _("Give at least one recipient."))
    return found


def checked_formats(formats: Sequence[str]) -> list[str]:
    """Return the formats in the order they are offered in, each once.

    Raises:
        ScheduleRefused: one is unknown, or there is none.

    """
    if not formats or set(formats) - set(Format.values):
        raise ScheduleRefused("formats", _("Give at least one of %(choices)s.") % {"choices": ", ".join(Format.values)})
    return [format_ for format_ in Format.values if format_ in formats]


def checked_timeframe(name: str) -> str:
    """Return the name of a timeframe.

    Raises:
        ScheduleRefused: there is none of this name.

    """
    if name not in TIMEFRAMES:
        raise ScheduleRefused("timeframe", _("Give one of %(choices)s.") % {"choices": ", ".join(TIMEFRAMES)})
    return name


def checked_timezone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        ScheduleRefused: there is none of this name.

    """
    if name not in known_timezones():
        raise ScheduleRefused(
            "timezone",
            _("“%(name)s” is not a time zone. Give an IANA name such as Europe/Berlin or UTC.") % {"name": name[:64]},
        )
    return name


def checked_filters(filters: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return filters by dimension, as reports take them.

    Raises:
        ScheduleRefused: a dimension or a value cannot be.

    """
    try:
        found: dict[str, list[str]] = checked_parameters({"filters": filters})["filters"]
    except ReportRefused as error:
        raise ScheduleRefused(error.field, error.message) from error
    return found


def check_together(report_type: str, filters: Mapping[str, Any]) -> None:
    """Let a report and filters pass that go together.

    Raises:
        ScheduleRefused: the report's figures are not kept by one of them, or not by all at once.

    """
    try:
        refuse_foreign_filters(report_type, filters)
    except ReportRefused as error:
        raise ScheduleRefused(error.field, error.message) from error


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "name": checked_name,
    "recipients": checked_recipients,
    "formats": checked_formats,
    "timeframe": checked_timeframe,
    "timezone": checked_timezone,
    "filters": checked_filters,
}
