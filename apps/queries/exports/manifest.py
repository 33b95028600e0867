"""What stands beside a file, so that whoever has it knows what it is: which rows, as of when, and that it is whole."""

from typing import Any

from apps.accounts.models import Organization
from apps.core.files import StoredFile
from apps.queries.exports.metrics import METRICS
from apps.queries.exports.writing import Written
from apps.queries.models import DataExport

MANIFEST_VERSION = 1


def manifest_of(export: DataExport, organization: Organization, written: Written, stored: StoredFile) -> dict[str, Any]:
    """Return the manifest as JSON: instants in ISO 8601, days as business dates of the organization."""
    return {
        "manifest_version": MANIFEST_VERSION,
        "export": str(export.pk),
        "title": export.title,
        "dataset": export.dataset,
        "definition_version": written.version,
        "filters": export.filters,
        "question": export.question if export.dataset == METRICS else None,
        "columns": [
            {"key": column.key, "label": str(column.label), "kind": str(column.kind)} for column in written.columns
        ],
        "has_contact_details": written.has_contact_details,
        "file": {
            "name": export.name,
            "format": export.format,
            "rows": written.rows,
            "size": stored.size,
            "sha256": stored.sha256,
        },
        "organization": {
            "id": str(organization.pk),
            "short_name": organization.slug,
            "name": organization.name,
            "timezone": organization.timezone,
            "day_starts_at": f"{organization.day_starts_at:%H:%M}",
            "currency": organization.currency,
        },
        "as_of": written.as_of.isoformat() if written.as_of else None,
        "requested_at": export.created_at.isoformat(),
    }
