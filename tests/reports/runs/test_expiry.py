"""Files do not stay for ever, and what nobody owns does not stay at all."""

import datetime
import os

import pytest
from django.utils import timezone

from apps.core.context import organization_context
from apps.core.files import new_file
from apps.reports import sweeping
from apps.reports.downloads import take_file
from apps.reports.errors import NotDownloadable
from apps.reports.generation import generate
from apps.reports.models import ReportDownload, ReportFile
from apps.reports.services import KEPT_FOR

HOUR = datetime.timedelta(hours=1)


def test_a_file_that_expired_is_removed_and_its_row_says_so(ask, analyst, kept, example_day):
    done = generate(ask(formats=["csv", "json"]).pk)
    assert done.expires_at - done.finished_at == KEPT_FOR
    sweeping.sweep_reports(now=done.expires_at - HOUR)
    assert len(kept()) == 2
    sweeping.sweep_reports(now=done.expires_at)
    assert kept() == []
    with organization_context(example_day.pk):
        files = list(ReportFile.objects.filter(report=done).select_related("report"))
        assert [(file.stored_name, file.is_there, len(file.sha256)) for file in files] == [("", False, 64)] * 2
        with pytest.raises(NotDownloadable):
            take_file(files[0], user=analyst, address=None)
        assert not ReportDownload.objects.exists()


def test_what_killed_workers_left_is_removed_and_nothing_else(ask, example_day, files_dir, kept):
    done = generate(ask().pk)
    for suffix in ("report.pdf", "export.csv"):
        with new_file(example_day.pk, suffix) as orphan:
            orphan.target.write(b"x")
    folder = files_dir / example_day.pk.hex
    (folder / "half.report.pdf.part").write_bytes(b"x")
    everything = kept()
    now = timezone.now()
    assert sweeping.remove_orphans(now=now) == 0, "a worker may still be writing it"
    for name in everything:
        os.utime(folder / name, (now.timestamp() - 10_000,) * 2)
    assert sweeping.remove_orphans(now=now) == 2
    with organization_context(example_day.pk):
        owned = ReportFile.objects.get(report=done).stored_name
    assert len(kept()) == 2
    assert owned in kept()
    assert sorted(name.partition(".")[2] for name in kept()) == ["export.csv", "report.json"]
