"""What runs of reports can be filtered by."""

import django_filters

from apps.core.rest.filters import ChoiceFilter, IdFilter, InstantFilter
from apps.reports.models import AnalyticsReport, ReportStatus, ReportType


class ReportFilters(django_filters.FilterSet):
    """By type, status, schedule, and when they were asked for."""

    report_type = ChoiceFilter(choices=ReportType.choices)
    status = ChoiceFilter(choices=ReportStatus.choices)
    schedule = IdFilter("schedule_id", label="Runs of this schedule")
    created_from = InstantFilter("created_at", lookup_expr="gte", label="Asked for at this instant or later")
    created_before = InstantFilter("created_at", lookup_expr="lt", label="Asked for before this instant")

    class Meta:
        model = AnalyticsReport
        fields: tuple[str, ...] = ()
