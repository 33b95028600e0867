"""For whom figures are worked out, and when."""

import datetime
from dataclasses import dataclass, field

from django.utils import timezone

from apps.accounts.models import Organization
from apps.analytics.selectors import Freshness, read_freshness
from apps.core.calendar import BusinessCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One organization at one instant, `today` its business day, and whether contact details may be shown.

    `now` is the aware instant up to which facts are in the rollups: comparisons of a day that goes on stop at its clock
    time, so that both sides have seen as much. It is never later than the present.
    """

    organization: Organization
    now: datetime.datetime
    freshness: Freshness
    shows_contact_details: bool = False
    calendar: BusinessCalendar = field(init=False)
    today: datetime.date = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "calendar", self.organization.calendar)
        object.__setattr__(self, "today", self.calendar.business_date(self.now))


def scope_of(organization: Organization, *, shows_contact_details: bool = False) -> Scope:
    """Return the scope of an organization as of its rollups; one query."""
    freshness = read_freshness(organization.pk)
    now = timezone.now()
    return Scope(
        organization=organization,
        now=min(now, freshness.as_of or now),
        freshness=freshness,
        shows_contact_details=shows_contact_details,
    )
