"""Compute every customer anew."""

from apps.analytics.management.base import RefreshingCommand


class Command(RefreshingCommand):
    """Every customer of the chosen organizations, besides what changed."""

    help = "Bring what changed up to date, and compute every customer anew."
    everybody = True
