"""IANA time zones, by name."""

import functools
import zoneinfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


@functools.cache
def known_timezones() -> frozenset[str]:
    """Return the names that `zoneinfo` and PostgreSQL both understand: regions with a place, and UTC."""
    return frozenset(name for name in zoneinfo.available_timezones() if name == "UTC" or "/" in name)


def validate_timezone(name: str) -> None:
    """Accept IANA names such as Europe/Berlin, by list and never by path.

    Raises:
        ValidationError: the name is not on the list.

    """
    if name not in known_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Give an IANA name such as Europe/Berlin or UTC."),
            code="unknown_timezone",
            params={"name": name[:64]},
        )
