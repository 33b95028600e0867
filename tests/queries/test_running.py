"""What may come between asking for an export and its file: no room, no member, no database, nobody who wants it."""

import contextlib
import errno
import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from apps.accounts.models import Membership, Role, User
from apps.core.context import organization_context
from apps.core.files import stored_names
from apps.core.jobs import DEAD_AFTER, JobCancelled, JobProgress, latest_job
from apps.core.models import JobRun, JobStatus
from apps.queries import upkeep
from apps.queries.errors import ExportEnded
from apps.queries.exports import copying, running
from apps.queries.models import DataExport, ExportEvent, ExportStatus
from apps.queries.services import cancel_export
from tests.builders import make_customer, make_export, make_order
from tests.queries.conftest import ask, asker_of, carry_out, content, reloaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders(laundry):
    for number in range(7):
        make_order(laundry, number=f"N-{number}")
    return laundry


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(copying, "_FLUSHED_EVERY", 2)


class FullDisk:
    """A file on a disk with room for so many bytes."""

    def __init__(self, target, room: int) -> None:
        self._target, self._room = target, room

    def write(self, data: bytes) -> int:
        if self._target.tell() + len(data) > self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._target.write(data)

    def __getattr__(self, name: str):
        return getattr(self._target, name)


@pytest.mark.parametrize("format_", ["csv", "json", "xlsx"])
@pytest.mark.parametrize("room", [0, 700])
def test_a_disk_that_fills_up_leaves_a_failed_export_and_no_file(format_, room, cast, orders, small_parts, monkeypatch):
    whole = running.new_file

    @contextlib.contextmanager
    def on_a_full_disk(*arguments, **options):
        with whole(*arguments, **options) as new:
            new.target = FullDisk(new.target, room)
            yield new

    monkeypatch.setattr(running, "new_file", on_a_full_disk)
    export = carry_out(ask(orders, cast.analyst, "orders", format_))
    assert (export.status, export.attempts) == (ExportStatus.FAILED, 1)
    assert export.error.startswith("The disk is full")
    assert stored_names(orders.pk) == {}
    assert latest_job(export.pk).status == JobStatus.FAILED
    monkeypatch.undo()
    assert carry_out(ask(orders, cast.analyst, "orders", format_)).status == ExportStatus.SUCCEEDED


class CancelledMeanwhile(JobProgress):
    """Somebody cancels while the rows are written."""

    def report(self, *, percent: float, stage: str, rows: int = 0) -> None:
        if rows:
            raise JobCancelled


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_a_cancelled_export_leaves_no_file(format_, cast, orders, small_parts, monkeypatch):
    monkeypatch.setattr("apps.queries.exports.documents._REPORTED_EVERY", 2)
    export = carry_out(ask(orders, cast.analyst, "orders", format_), progress_type=CancelledMeanwhile)
    assert (export.status, export.error) == (ExportStatus.CANCELLED, "")
    assert stored_names(orders.pk) == {}


def test_one_that_waits_is_cancelled_at_once_and_never_written(cast, orders):
    export = ask(orders, cast.analyst, "orders")
    cancel_export(asker=asker_of(orders, cast.analyst), export=export)
    assert reloaded(export).status == ExportStatus.CANCELLED
    assert running.carry_out(job_id=latest_job(export.pk).pk) is None
    assert stored_names(orders.pk) == {}
    with pytest.raises(ExportEnded):
        cancel_export(asker=asker_of(orders, cast.analyst), export=export)
    with organization_context(orders.pk):
        events = ExportEvent.objects.filter(export=export).order_by("happened_at")
        assert [event.action for event in events] == ["requested", "cancelled"]
        assert {event.address for event in events} == {"192.0.2.7"}


def test_one_that_was_cancelled_when_the_last_row_was_written_has_no_file(cast, orders, monkeypatch):
    export = ask(orders, cast.analyst, "orders")
    whole = running.write_export

    def cancelled_at_the_end(*arguments):
        written = whole(*arguments)
        cancel_export(asker=asker_of(orders, cast.analyst), export=export)
        return written

    monkeypatch.setattr(running, "write_export", cancelled_at_the_end)
    assert carry_out(export).status == ExportStatus.CANCELLED
    assert stored_names(orders.pk) == {}


@pytest.mark.parametrize("end", ["removed", "disabled", "deleted"])
def test_who_is_no_member_any_more_gets_nothing(end, cast, orders):
    export = ask(orders, cast.analyst, "orders")
    with organization_context(orders.pk):
        mine = Membership.objects.filter(user=cast.analyst)
        mine.delete() if end != "disabled" else User.objects.filter(pk=cast.analyst.pk).update(is_active=False)
        if end == "deleted":
            cast.analyst.delete()
    done = carry_out(export)
    assert done.status == ExportStatus.CANCELLED
    assert done.error == "Who asked for it is no longer a member of the organization."
    assert stored_names(orders.pk) == {}


def test_who_may_see_less_meanwhile_gets_less(cast, laundry):
    make_customer(laundry, email="anna@example.com")
    export = ask(laundry, cast.analyst, "customers", "json")
    assert export.has_contact_details
    with organization_context(laundry.pk):
        Membership.objects.filter(user=cast.analyst).update(role=Role.VIEWER)
    done = carry_out(export)
    assert (done.status, done.has_contact_details) == (ExportStatus.SUCCEEDED, False)
    assert json.loads(content(done))[0]["email"] == "a***@***"


def test_a_job_is_done_once(cast, orders):
    export = carry_out(ask(orders, cast.analyst, "orders"))
    assert running.carry_out(job_id=latest_job(export.pk).pk) is None
    assert len(stored_names(orders.pk)) == 1


def test_a_database_that_goes_away_is_tried_again_up_to_a_limit(cast, orders, monkeypatch, settings):
    def gone(*arguments):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(running, "write_export", gone)
    export = ask(orders, cast.analyst, "orders")
    seen = []
    for _attempt in range(settings.EXPORT_MAX_ATTEMPTS):
        export = carry_out(export)
        seen.append((export.status, export.attempts))
    assert seen == [("queued", 1), ("queued", 2), ("failed", 3)]
    assert export.error == "The database was not available. Ask for the export again."
    assert stored_names(orders.pk) == {}


def test_a_process_that_died_is_noticed_and_its_export_tried_again(cast, orders):
    export = ask(orders, cast.analyst, "orders")
    job = latest_job(export.pk)
    now = timezone.now()
    JobRun.objects.filter(pk=job.pk).update(status="running", started_at=now, heartbeat_at=now)
    with organization_context(orders.pk):
        DataExport.objects.filter(pk=export.pk).update(status="running", attempts=1, stored_name="half.csv")
    assert upkeep.sweep_exports(now=now) == 0  # it may be at work yet
    assert upkeep.sweep_exports(now=now + 2 * DEAD_AFTER) == 1
    waiting = reloaded(export)
    assert (waiting.status, waiting.stored_name) == (ExportStatus.QUEUED, "")
    assert carry_out(waiting).status == ExportStatus.SUCCEEDED


def test_an_attempt_that_was_given_up_says_nothing_about_the_next(cast, orders):
    export = ask(orders, cast.analyst, "orders")
    with organization_context(orders.pk):
        DataExport.objects.filter(pk=export.pk).update(status="running", stored_name="first.csv")
        lost = DataExport.objects.get(pk=export.pk)
        running.try_again(lost, "It died.")
        running._end(lost, ExportStatus.FAILED, "It died late.")
    assert reloaded(export).status == ExportStatus.QUEUED


def test_files_are_kept_for_so_long_and_then_removed_in_batches(cast, orders, settings, monkeypatch):
    monkeypatch.setattr(upkeep, "BATCH", 2)
    settings.EXPORT_KEPT_DAYS = 7
    export = carry_out(ask(orders, cast.analyst, "orders"))
    assert export.expires_at - export.finished_at == timedelta(days=7)
    others = [make_export(orders, expires_at=export.expires_at) for _ in range(4)]
    kept = make_export(orders, expires_at=export.expires_at + timedelta(seconds=1))
    assert upkeep.remove_expired_files(now=export.expires_at - timedelta(seconds=1)) == 0
    assert len(stored_names(orders.pk)) == 6
    assert upkeep.remove_expired_files(now=export.expires_at) == 5
    assert set(stored_names(orders.pk)) == {kept.stored_name}
    assert {reloaded(one).status for one in (export, *others)} == {ExportStatus.EXPIRED}
    assert upkeep.remove_expired_files(now=export.expires_at) == 0


def test_a_sweep_that_was_killed_between_file_and_row_goes_on(cast, orders, monkeypatch):
    exports = [make_export(orders, expires_at=timezone.now()) for _ in range(3)]
    removed = []

    def killed(organization_id, stored_name):
        if len(removed) == 1:
            raise KeyboardInterrupt
        removed.append(stored_name)

    monkeypatch.setattr(upkeep, "remove_stored", killed)
    with pytest.raises(KeyboardInterrupt):
        upkeep.remove_expired_files(now=timezone.now())
    monkeypatch.undo()
    assert upkeep.remove_expired_files(now=timezone.now()) == 2
    assert {reloaded(one).stored_name for one in exports} == {""}
