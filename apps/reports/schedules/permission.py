"""Whether something may run for an organization in the name of a user, now."""

from django.utils.translation import gettext as _

from apps.accounts.access import find_access
from apps.accounts.models import Organization, Role, User

MAY_SCHEDULE = Role.ANALYST


def refusal_of(organization: Organization, user: User | None) -> str:
    """Return why a schedule may not run in the name of a user, for people; nothing where it may.

    The organization must be active, and the user an active member of a role that may make schedules.
    """
    if not organization.is_active:
        return _("The organization is not active.")
    if user is None:
        return _("The account of who made the schedule is gone.")
    access = find_access(user, str(organization.pk))
    if access is None:
        return _("%(user)s, in whose name it ran, is not an active member of the organization any more.") % {
            "user": user.email
        }
    if not access.may(MAY_SCHEDULE):
        return _("%(user)s, in whose name it ran, does not have the role for it any more.") % {"user": user.email}
    return ""
