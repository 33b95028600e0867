"""Figures in the admin, and the answers that are made of them: to look at."""

from apps.analytics.admin import answers, rollups

__all__ = ["answers", "rollups"]
