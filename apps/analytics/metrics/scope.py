"""For whom figures are worked out, and when."""

import datetime
from dataclasses import dataclass, field, replace

from django.utils import timezone

from apps.accounts.models import Organization
from apps.analytics.selectors import Freshness, read_freshness
from apps.core.calendar import BusinessCalendar
from apps.core.periods import ComparedWindows, Comparison, Period, compared_windows

_ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One organization at one instant, `today` its business day, and whether contact details may be shown.

    `now` is the aware instant up to which facts are in the rollups: comparisons of a day that goes on stop at its clock
    time, so that both sides have seen as much. It is never later than the present.

    With `as_of`, an aware instant of the past, figures are those that were said then: of the days that were over by
    then, so `now` is the beginning of the business day that it falls on. What an answer cannot know of it is noted in
    `unknown` while it is computed (doubts.py).
    """

    organization: Organization
    now: datetime.datetime
    freshness: Freshness
    shows_contact_details: bool = False
    as_of: datetime.datetime | None = None
    unknown: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)
    calendar: BusinessCalendar = field(init=False)
    today: datetime.date = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "calendar", self.organization.calendar)
        object.__setattr__(self, "today", self.calendar.business_date(self.now))

    @property
    def last_day(self) -> datetime.date:
        """The last business day that figures can be of: today, or the last that was over at the instant of the past."""
        return self.today if self.as_of is None else self.today - _ONE_DAY

    def compared(self, period: Period, comparison: str) -> ComparedWindows:
        """Return a period and the earlier one that it is compared with, both as far as they have elapsed."""
        windows = compared_windows(period, Comparison(comparison), calendar=self.calendar, now=self.now)
        return windows if self.as_of is None else in_whole_days(windows, self.calendar)


def in_whole_days(windows: ComparedWindows, calendar: BusinessCalendar) -> ComparedWindows:
    """Return windows as of the beginning of a day so that both stop at the end of the day before, or are empty.

    Where a clock skips midnight, the beginning of one day is within another by its wall clock.
    """
    if not windows.partial:
        return windows
    last = windows.earlier.last
    if windows.earlier_window[1] < calendar.day_start(last + _ONE_DAY):
        last -= _ONE_DAY
    if windows.window[0] == windows.window[1] or last < windows.earlier.first:
        return replace(windows, earlier_window=(windows.earlier_window[0], windows.earlier_window[0]))
    period = replace(windows.period, last=windows.period.last - _ONE_DAY)
    earlier = replace(windows.earlier, last=last)
    return ComparedWindows(period, period.window(calendar), earlier, earlier.window(calendar), partial=False)


def scope_of(
    organization: Organization, *, shows_contact_details: bool = False, as_of: datetime.datetime | None = None
) -> Scope:
    """Return the scope of an organization as of its rollups, or of an aware instant of the past; one query."""
    freshness = read_freshness(organization.pk)
    now = timezone.now()
    calendar = organization.calendar
    return Scope(
        organization=organization,
        now=min(now, freshness.as_of or now) if as_of is None else calendar.day_start(calendar.business_date(as_of)),
        freshness=freshness,
        shows_contact_details=shows_contact_details,
        as_of=as_of,
    )
