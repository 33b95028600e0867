"""`python -m tests.queries.slow_export DATABASE FOLDER JOB`: an export that stops for good with rows in its file."""

import sys
import threading
import uuid

import django
from django.conf import settings
from django.db import connections


def carry_out_slowly(database: str, folder: str, job_id: str) -> None:
    """Write until the first rows are in the file, say so, and wait for the end; the sign of life goes on."""
    django.setup()
    settings.FILES_DIR = folder
    connections.databases["default"]["NAME"] = database
    from apps.core.jobs import JobProgress
    from apps.queries.exports import copying, running

    class Stopped(JobProgress):
        def report(self, *, percent: float, stage: str, rows: int = 0) -> None:
            super().report(percent=percent, stage=stage, rows=rows)
            if rows:
                sys.stdout.write("writing\n")
                sys.stdout.flush()
                threading.Event().wait()

    copying._FLUSHED_EVERY = 10
    running.carry_out(job_id=uuid.UUID(job_id), progress_type=Stopped)


if __name__ == "__main__":
    carry_out_slowly(*sys.argv[1:])
