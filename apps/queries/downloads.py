"""Files and manifests as answers: to be saved, never shown, and in no cache."""

from collections.abc import Mapping
from typing import IO, TypeVar

from django.http import FileResponse, HttpResponse

from apps.core.rest.rendering import to_json
from apps.queries.models import DataExport, ExportFormat

Answer = TypeVar("Answer", FileResponse, HttpResponse)

CONTENT_TYPES: Mapping[str, str] = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.JSON: "application/json",
    ExportFormat.PDF: "application/pdf",
}


def file_response(export: DataExport, file: IO[bytes]) -> FileResponse:
    """Return the file as it is stored, in parts."""
    response = FileResponse(file, as_attachment=True, filename=export.name, content_type=CONTENT_TYPES[export.format])
    return _private(response)


def manifest_response(export: DataExport) -> HttpResponse:
    """Return the manifest, named after the file."""
    response = HttpResponse(to_json(export.manifest), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{export.pk}.manifest.json"'
    return _private(response)


def _private(response: Answer) -> Answer:
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
