"""Who reads what a schedule sends: each recipient as what they are now, not as what the schedule's author is."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.access import Access
from apps.accounts.models import Membership, Role
from apps.reports.audiences import audience_of, has_two_versions
from apps.reports.models import Audience, ReportSchedule


@dataclass(frozen=True, slots=True)
class Reader:
    """A recipient: what they may see, None for nothing, and whether they can sign in to the organization."""

    address: str
    audience: Audience | None
    is_member: bool


def readers_of(schedule: ReportSchedule) -> list[Reader]:
    """Return the recipients in their order. One query.

    Members see what their role may see, and those whose account was switched off get nothing. So do those who were
    members when they were entered and are not any more. All others are from outside: the schedule states what they see.
    """
    members = _memberships(schedule.recipients)
    outside = Audience.FULL if schedule.outside_sees_contact_details else Audience.MASKED
    readers = []
    for address in schedule.recipients:
        member = members.get(address)
        if member is not None:
            readers.append(Reader(address, _audience_of(member), is_member=True))
        else:
            was_member = address in schedule.member_recipients
            readers.append(Reader(address, None if was_member else outside, is_member=was_member))
    return readers


def audiences_needed(schedule: ReportSchedule) -> list[str]:
    """Return for whom files are needed: without contact details always, since who reads may change until it is sent."""
    sees_all = any(reader.audience == Audience.FULL for reader in readers_of(schedule))
    if sees_all and has_two_versions(schedule.report_type):
        return [Audience.FULL.value, Audience.MASKED.value]
    return [Audience.MASKED.value]


def member_addresses(addresses: Sequence[str]) -> list[str]:
    """Return the addresses that are members' of the organization of the context. One query."""
    return sorted(_memberships(addresses))


def _memberships(addresses: Sequence[str]) -> dict[str, Membership]:
    found = Membership.objects.filter(user__email__in=list(addresses)).select_related("user", "organization")
    return {member.user.email: member for member in found}


def _audience_of(member: Membership) -> Audience | None:
    if not member.user.is_active:
        return None
    return audience_of(Access(member.user, member.organization, Role(member.role)))
