"""Reads of reports, inside the context of an organization."""

import uuid
from collections.abc import Sequence

from django.db.models import Prefetch, QuerySet

from apps.accounts.access import Access
from apps.reports.audiences import audiences_of, has_two_versions
from apps.reports.models import AnalyticsReport, Audience, ReportFile, ReportLink


def reports_for(access: Access) -> "QuerySet[AnalyticsReport]":
    """Return the runs of an organization, each with the files that a member may read; one query more for all."""
    files = ReportFile.objects.filter(audience__in=audiences_of(access)).order_by("audience", "format")
    found: QuerySet[AnalyticsReport] = AnalyticsReport.objects.select_related("created_by").prefetch_related(
        Prefetch("files", files.select_related("report"))
    )
    return found


def file_for(access: Access, report_id: uuid.UUID, file_id: uuid.UUID) -> ReportFile | None:
    """Return one file of a run that a member may read."""
    files = ReportFile.objects.filter(pk=file_id, report_id=report_id, audience__in=audiences_of(access))
    found: ReportFile | None = files.select_related("report").first()
    return found


def links_of(file: ReportFile) -> "QuerySet[ReportLink]":
    """Return the addresses that were made for a file, the newest first."""
    found: QuerySet[ReportLink] = ReportLink.objects.filter(file=file).select_related("file__report", "created_by")
    return found


def audiences_to_write(report_type: str, access: Access) -> Sequence[str]:
    """Return for whom a member's own report is written: for all alike, where nothing in it is anybody's alone."""
    return audiences_of(access) if has_two_versions(report_type) else (Audience.MASKED,)
