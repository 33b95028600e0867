"""Figures in the admin, and the answers that are made of them: to look at."""

from apps.analytics.admin import answers, counts, rollups

__all__ = ["answers", "counts", "rollups"]
