"""Addresses of reports, below /api/."""

from apps.core.rest.routing import address
from apps.reports import api

_ID = "[0-9a-fA-F-]{36}"  # nothing else below /api/reports looks like one
ONE = f"reports/(?P<pk>{_ID})"
FILE = f"{ONE}/files/(?P<file>{_ID})"
_links = api.ReportFiles.as_view({"get": "links", "post": "make_link"})

urlpatterns = [
    address("reports", api.Reports.as_view({"get": "list"}), "report-list"),
    address("reports/generate", api.NewReports.as_view({"post": "generate"}), "report-generate"),
    address("reports/types", api.Reports.as_view({"get": "types"}), "report-types"),
    address(ONE, api.Reports.as_view({"get": "retrieve"}), "report-detail"),
    address(f"{ONE}/cancel", api.Reports.as_view({"post": "cancel"}), "report-cancel"),
    address(FILE, api.ReportFiles.as_view({"get": "download"}), "report-file"),
    address(f"{FILE}/links", _links, "report-links"),
    address(f"{FILE}/links/(?P<link>{_ID})", api.ReportFiles.as_view({"delete": "revoke_link"}), "report-link-detail"),
]
