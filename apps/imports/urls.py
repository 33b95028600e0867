"""Addresses of imports, below /api/."""

from apps.core.rest.routing import address
from apps.imports import api

ONE = "imports/(?P<pk>[^/]+)"
_uploads = api.Uploads.as_view({"get": "list", "post": "create"})
_template = api.Mappings.as_view({"get": "template"})
_rejected_rows = api.RejectedRows.as_view({"get": "rejected_rows"})
_rejected_file = api.RejectedRows.as_view({"get": "rejected_file"})

urlpatterns = [
    address("imports", _uploads, "import-list"),
    address("imports/mappings", api.Mappings.as_view({"get": "mappings"}), "import-mappings"),
    address("imports/templates/(?P<file>[^/]+)", _template, "import-template"),
    address(ONE, api.Imports.as_view({"get": "retrieve"}), "import-detail"),
    address(f"{ONE}/preview", api.Imports.as_view({"post": "preview"}), "import-preview"),
    address(f"{ONE}/commit", api.Imports.as_view({"post": "commit"}), "import-commit"),
    address(f"{ONE}/cancel", api.Imports.as_view({"post": "cancel"}), "import-cancel"),
    address(f"{ONE}/rejected-rows", _rejected_rows, "import-rejected-rows"),
    address(f"{ONE}/rejected-file", _rejected_file, "import-rejected-file"),
]
