"""Run the engine on files or on text, as the services do."""

from collections.abc import Sequence
from pathlib import Path

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.core.database import in_transaction
from apps.core.jobs import JobProgress
from apps.imports.engine import SourceFile, run_import
from apps.imports.mapping.shipped import shipped_text
from apps.imports.models import ImportRun, RejectedRow
from apps.imports.results import ImportResult


def import_files(
    organization: Organization,
    mapping: str,
    files: Sequence[Path],
    *,
    commit: bool = True,
    valid_rows: bool = False,
    text: str = "",
) -> ImportResult:
    text = text or shipped_text(mapping)
    with organization_context(organization.pk), in_transaction():
        run = ImportRun.objects.create(
            organization=organization, mapping=mapping, mapping_text=text, trigger="command", checksum="0" * 64
        )
        return run_import(
            run_id=run.pk,
            organization_id=organization.pk,
            mapping_text=text,
            mapping_name=mapping,
            files=[SourceFile(path, path.name) for path in files],
            valid_rows=valid_rows,
            commit=commit,
            progress=JobProgress(None),
        )


def import_text(organization, mapping, content, tmp_path, *, name="orders.csv", **options) -> ImportResult:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return import_files(organization, mapping, [path], **options)


def rejected(organization) -> list[tuple[int, str, str]]:
    """Return line, column and reason of everything refused in the newest run."""
    with organization_context(organization.pk):
        run = ImportRun.objects.order_by("-created_at", "-pk").first()
        rows = RejectedRow.objects.filter(run=run).order_by("file", "line", "column")
        return [(row.line, row.column, row.reason) for row in rows]


def outcomes(result: ImportResult) -> dict[str, tuple[int, int, int, int]]:
    """Return new, updated, unchanged and removed by fact."""
    return {f.fact: (f.new, f.updated, f.unchanged, f.removed) for f in result.facts}
