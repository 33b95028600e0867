"""Write the files that people fill in."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.imports.blanks import blank_csv, blank_xlsx
from apps.imports.mapping.shipped import shipped_mappings


class Command(BaseCommand):
    """One CSV and one XLSX file for each kind of fact, with an example row and comments on each column."""

    help = "Write Bellwether's import templates into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("directory", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the files."""
        folder: Path = options["directory"]
        mapping = shipped_mappings()["bellwether"]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for spec in mapping.files.values():
                for path, content in (
                    (folder / f"{spec.role}.csv", blank_csv(spec).encode()),
                    (folder / f"{spec.role}.xlsx", blank_xlsx(spec)),
                ):
                    with path.open("xb") as file:
                        file.write(content)
        except FileExistsError as error:
            raise CommandError(
                f"{error.filename} is there already and may be filled in. Name a folder without templates."
            ) from error
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{2 * len(mapping.files)} files are in {folder}. Fill them in and import them with")
        self.stdout.write(f"  manage.py import_data --organization SHORT_NAME --mapping bellwether {folder}/*.csv")
