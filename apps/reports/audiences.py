"""Whether somebody reads reports with the contact details of customers or without."""

from collections.abc import Sequence

from apps.accounts.access import Access
from apps.accounts.models import Role
from apps.accounts.permissions import READS_FACTS, SEES_CONTACT_DETAILS, may_see_contact_details
from apps.reports.models import Audience, ReportType
from apps.reports.types import REPORTS


def audience_of(access: Access) -> Audience:
    """Return what a member may see."""
    return Audience.FULL if may_see_contact_details(access) else Audience.MASKED


def audiences_of(access: Access) -> Sequence[Audience]:
    """Return for whom files are written that a member may read."""
    return (Audience.FULL, Audience.MASKED) if may_see_contact_details(access) else (Audience.MASKED,)


def least_role(audience: str) -> Role:
    """Return what a member must be at least to read what is written for an audience."""
    return SEES_CONTACT_DETAILS if audience == Audience.FULL else READS_FACTS


def has_two_versions(report_type: str) -> bool:
    """Tell whether a report is written with and without contact details; where there are none, all read the same."""
    return report_type in ReportType.values and REPORTS[report_type].shows_contact_details
