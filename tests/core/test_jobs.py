"""The ledger of long work."""

import datetime

import pytest
from django.utils import timezone

from apps.core import jobs
from apps.core.models import JobRun, JobStatus, JobTrigger


def queued(organization=None, **fields):
    job = jobs.queue_job(
        kind="test",
        trigger=JobTrigger.COMMAND,
        organization_id=organization and organization.pk,
        subject_id=fields.get("subject_id"),
    )
    JobRun.objects.filter(pk=job.pk).update(**fields)
    return job


def status(job):
    return JobRun.objects.get(pk=job.pk).status


@pytest.mark.django_db
def test_a_job_begins_once_and_ends_once():
    job = queued()
    assert (jobs.begin_job(job.pk), jobs.begin_job(job.pk)) == (True, False)
    jobs.finish_job(job.pk, rows=7)
    jobs.fail_job(job.pk, error="too late")
    assert jobs.cancel_job(job.pk) is False
    ended = JobRun.objects.get(pk=job.pk)
    assert (ended.status, ended.progress, ended.rows, ended.error) == (JobStatus.SUCCEEDED, 100, 7, "")


@pytest.mark.django_db
def test_a_cancelled_job_neither_begins_nor_finishes():
    waiting, running = queued(), queued()
    jobs.begin_job(running.pk)
    assert jobs.cancel_job(waiting.pk)
    assert jobs.cancel_job(running.pk)
    assert jobs.begin_job(waiting.pk) is False
    jobs.finish_job(running.pk, rows=1)
    assert (status(waiting), status(running)) == (JobStatus.CANCELLED, JobStatus.CANCELLED)


@pytest.mark.django_db
def test_only_jobs_without_a_sign_of_life_are_declared_dead(laundry):
    now = timezone.now()
    minute = datetime.timedelta(minutes=1)
    at = {"status": JobStatus.RUNNING, "started_at": now - 10 * minute}
    silent = queued(heartbeat_at=now - 3 * minute, subject_id=laundry.pk, **at)
    alive = queued(heartbeat_at=now - minute, **at)
    never = queued(**at)
    waiting = queued()
    assert jobs.fail_dead_jobs(now=now) == [laundry.pk]
    assert [status(job) for job in (silent, alive, never, waiting)] == ["failed", "running", "failed", "queued"]


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_the_work_goes_on_and_a_cancelled_job_stops(monkeypatch):
    monkeypatch.setattr(jobs, "_WRITE_EVERY", 0.01)
    job = queued()
    jobs.begin_job(job.pk)
    with jobs.JobProgress(job.pk) as progress:
        progress.report(percent=42.9, stage="reading", rows=5)
        wait_for(lambda: JobRun.objects.get(pk=job.pk).progress == 42)
        jobs.cancel_job(job.pk)
        # The reporter hears of it when it next writes.
        wait_for(lambda: cancelled(progress))
        with pytest.raises(jobs.JobCancelled):
            progress.report(percent=50, stage="reading")
    seen = JobRun.objects.get(pk=job.pk)
    assert (seen.stage, seen.rows, seen.status) == ("reading", 5, JobStatus.CANCELLED)


def cancelled(progress):
    progress._state = (43, "reading", 5)
    return progress._cancelled.is_set()


def wait_for(condition):
    import time

    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
