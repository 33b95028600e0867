"""Whether somebody reads reports with the contact details of customers or without."""

from collections.abc import Sequence

from apps.accounts.access import Access
from apps.accounts.permissions import may_see_contact_details
from apps.reports.models import Audience


def audience_of(access: Access) -> Audience:
    """Return what a member may see."""
    return Audience.FULL if may_see_contact_details(access) else Audience.MASKED


def audiences_of(access: Access) -> Sequence[Audience]:
    """Return for whom files are written that a member may read."""
    return (Audience.FULL, Audience.MASKED) if may_see_contact_details(access) else (Audience.MASKED,)
