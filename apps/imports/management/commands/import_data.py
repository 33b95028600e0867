"""Import files into an organization."""

import hashlib
import sys
from argparse import ArgumentParser
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.core.jobs import JobProgress, queue_job
from apps.core.models import JobTrigger
from apps.imports.engine import SourceFile
from apps.imports.errors import ImportFailure
from apps.imports.mapping.reader import read_mapping
from apps.imports.mapping.shipped import FOLDER, shipped_text
from apps.imports.models import ImportMode, ImportRun, ImportStatus
from apps.imports.presentation import result_lines
from apps.imports.selectors import rejected_csv
from apps.imports.services import COMMIT_JOB, PREVIEW_JOB, carry_out, open_run
from apps.imports.storage import StoredFile

EXIT_REFUSED = 2
EXIT_FAILED = 1


class Command(BaseCommand):
    """Exit codes: 0 done (or previewed), 1 the import could not be made, 2 rows were rejected and nothing written."""

    help = "Import CSV, CSV.gz or XLSX files: all rows or none, or with --valid-rows the valid ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        shipped = ", ".join(sorted(path.stem for path in FOLDER.glob("*.yaml")))
        parser.add_argument("files", nargs="+", type=Path, metavar="FILES")
        parser.add_argument("--organization", required=True, metavar="SHORT_NAME")
        parser.add_argument("--mapping", required=True, help=f"One of {shipped}; or the path of a mapping of your own.")
        parser.add_argument("--preview", action="store_true", help="Show what would happen and write nothing.")
        parser.add_argument("--valid-rows", action="store_true", help="Import the valid rows when others are rejected.")
        parser.add_argument("--rejected", type=Path, metavar="FILE", help="Write the rejected rows to this CSV file.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and say what came of it."""
        try:
            name, text = _mapping(options["mapping"])
            read_mapping(text, name=name)
            files = [_source(path) for path in options["files"]]
        except ImportFailure as failure:
            raise CommandError(str(failure), returncode=EXIT_FAILED) from failure
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            known = ", ".join(Organization.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
            raise CommandError(f"There is no organization “{options['organization']}”. Known are {known}.")
        run = open_run(
            organization=organization,
            mapping=name,
            mapping_text=text,
            files=[(file.name, StoredFile("", file.path.stat().st_size, _checksum(file.path))) for file in files],
            mode=ImportMode.VALID_ROWS if options["valid_rows"] else ImportMode.ALL_OR_NOTHING,
            trigger=JobTrigger.COMMAND,
        )
        job = queue_job(
            kind=PREVIEW_JOB if options["preview"] else COMMIT_JOB,
            trigger=JobTrigger.COMMAND,
            organization_id=organization.pk,
            subject_id=run.pk,
        )
        done = carry_out(job_id=job.pk, files=files, progress_type=_Bar if sys.stderr.isatty() else JobProgress)
        if done is None:
            raise CommandError("The import was taken away before it began.")
        with organization_context(organization.pk):
            self._conclude(done, options["rejected"], preview=options["preview"])

    def _conclude(self, run: ImportRun, rejected: Path | None, *, preview: bool) -> None:
        if run.status in (ImportStatus.FAILED, ImportStatus.CANCELLED):
            raise CommandError(run.error or "The import was cancelled.", returncode=EXIT_FAILED)
        for line in result_lines(run, preview=preview):
            self.stdout.write(line)
        if rejected is not None and run.rows_rejected:
            try:
                with rejected.open("w", newline="") as target:
                    target.writelines(rejected_csv(run.pk))
            except OSError as error:
                raise CommandError(f"{rejected} could not be written: {error.strerror}.") from error
            self.stdout.write(f"The rejected rows are in {rejected}.")
        if run.status == ImportStatus.REFUSED:
            raise CommandError(
                "Nothing was written: rows were rejected. Correct them, or import the others with --valid-rows.",
                returncode=EXIT_REFUSED,
            )


class _Bar(JobProgress):
    """Progress in the ledger, and as a bar on the terminal."""

    def __enter__(self) -> Self:
        super().__enter__()
        self._bar: tqdm[Any] = tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed} {desc}", leave=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
        super().__exit__(kind, error, trace)

    def report(self, *, percent: float, stage: str, rows: int = 0) -> None:
        self._bar.set_description_str(f"{stage}, {rows:,} rows", refresh=False)
        self._bar.update(max(0, int(percent) - self._bar.n))
        super().report(percent=percent, stage=stage, rows=rows)


def _mapping(name: str) -> tuple[str, str]:
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        return name, shipped_text(name)
    try:
        return path.name[:100], path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFailure(f"The mapping {path} cannot be read: {error}.") from error


def _source(path: Path) -> SourceFile:
    if not path.is_file():
        raise ImportFailure(f"{path} is not a file.")
    return SourceFile(path, path.name)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
