"""Bring daily revenue up to date."""

from apps.analytics.management.base import RefreshingCommand


class Command(RefreshingCommand):
    """The name that cron knows; what changed is refreshed in all rollups, as they are filled together."""

    help = "Bring daily revenue, and with it all rollups of the same days, up to date."
