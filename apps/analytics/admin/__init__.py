"""Figures in the admin, and the answers that are made of them: to look at."""

from apps.analytics.admin import answers, counts, customers, partners, records, revenue

__all__ = ["answers", "counts", "customers", "partners", "records", "revenue"]
