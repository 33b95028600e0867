"""Files of exports and their manifests as answers."""

from typing import IO

from django.http import FileResponse, HttpResponse

from apps.core.downloads import CONTENT_TYPES, as_download
from apps.core.rest.rendering import to_json
from apps.queries.models import DataExport


def file_response(export: DataExport, file: IO[bytes]) -> FileResponse:
    """Return the file as it is stored, in parts."""
    return as_download(FileResponse(file, content_type=CONTENT_TYPES[export.format]), export.name)


def manifest_response(export: DataExport) -> HttpResponse:
    """Return the manifest, named after the export."""
    response = HttpResponse(to_json(export.manifest), content_type=CONTENT_TYPES["json"])
    return as_download(response, f"{export.pk}.manifest.json")
