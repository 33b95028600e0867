"""The engagement app."""

from django.apps import AppConfig


class EngagementConfig(AppConfig):
    """Facts of contact: interactions with customers, segments and their members."""

    name = "apps.engagement"
    verbose_name = "Engagement"
