"""Addresses of exports, below /api/."""

from apps.core.rest.routing import address
from apps.queries import api

ONE = "queries/exports/(?P<pk>[^/]+)"

urlpatterns = [
    address("queries/exports", api.NewExports.as_view({"get": "list", "post": "create"}), "export-list"),
    address("queries/exports/datasets", api.Datasets.as_view({"get": "datasets"}), "export-datasets"),
    address(ONE, api.Exports.as_view({"get": "retrieve"}), "export-detail"),
    address(f"{ONE}/cancel", api.Exports.as_view({"post": "cancel"}), "export-cancel"),
    address(f"{ONE}/file", api.Exports.as_view({"get": "file"}), "export-file"),
    address(f"{ONE}/manifest", api.Exports.as_view({"get": "manifest"}), "export-manifest"),
]
