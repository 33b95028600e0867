"""How much may be exported: by role, by format, at once and in a day."""

import datetime
from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.access import Access
from apps.accounts.notation import notation_of
from apps.queries.errors import TooManyExports
from apps.queries.models import FINISHED_STATUSES, DataExport

COUNTED_AT_ONCE = 100_000  # a limit up to here is held when an export is asked for, others when its worker counts


def most_rows(access: Access, format_: str) -> int:
    """Return how many rows a file of this format may have for this role."""
    by_role: Mapping[str, int] = settings.EXPORT_MAX_ROWS
    by_format: Mapping[str, int] = settings.EXPORT_MAX_FORMAT_ROWS
    return min(by_role[access.role], by_format.get(format_, by_role[access.role]))


def too_long(access: Access, format_: str, rows: int | None = None) -> str:
    """Return the sentence for more rows than a file may have; `rows` is how many there are, where that is known."""
    notation = notation_of(access.organization)
    words = {
        "most": notation.number(most_rows(access, format_)),
        "format": format_.upper(),
        "rows": "" if rows is None else notation.number(rows),
    }
    if rows is None:
        return _("There are more than %(most)s rows, which is the most for %(format)s. Narrow them by filters.") % words
    return (
        _(
            "There are %(rows)s rows, and %(most)s are the most for %(format)s. Narrow them by filters, or ask for"
            " them in parts."
        )
        % words
    )


def check_limits(access: Access, *, now: datetime.datetime) -> None:
    """See that one more export is within the limits. The caller holds the lock of the organization's exports.

    Raises:
        TooManyExports: it is not; the message says which limit, and what helps.

    """
    exports = DataExport.objects.all()
    open_ones = list(exports.exclude(status__in=FINISHED_STATUSES).values_list("created_by", flat=True))
    own = sum(user_id == access.user.pk for user_id in open_ones)
    if own >= settings.EXPORT_MAX_OPEN_PER_USER:
        raise TooManyExports(
            ngettext(
                "You have %(count)d export at work, which is the most at once. Wait until it is done, or cancel it.",
                "You have %(count)d exports at work, which is the most at once. Wait until one is done, or cancel one.",
                own,
            )
            % {"count": own}
        )
    if len(open_ones) >= settings.EXPORT_MAX_OPEN:
        told = _("%(count)d exports of the organization are at work, which is the most at once. Try again later.")
        raise TooManyExports(told % {"count": len(open_ones)})
    most = settings.EXPORT_MAX_PER_DAY[access.role]
    lately = exports.filter(created_by=access.user, created_at__gt=now - datetime.timedelta(days=1))
    if lately[:most].count() >= most:
        told = _("You asked for %(count)d exports within a day, which is the most for your role. Try again tomorrow.")
        raise TooManyExports(told % {"count": most})
