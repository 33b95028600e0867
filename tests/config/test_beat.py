"""Beat's entries come from code, and leave the operators' rows alone."""

from datetime import timedelta

import pytest
from celery import Celery
from celery.schedules import crontab
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from apps.core.beat import BeatEntry
from config.celery import app

SWEEP = BeatEntry(name="tests: sweep", task="tests.sweep", every=timedelta(minutes=1))
NIGHTLY = BeatEntry(
    name="tests: nightly", task="tests.nightly", every=crontab(minute="15", hour="3"), expires=timedelta(hours=6)
)


def start_beat(*entries):
    beat = Celery("beat", set_as_current=False)
    beat.conf.update(beat_schedule={entry.name: entry.as_celery() for entry in entries}, result_expires=None)
    DatabaseScheduler(app=beat, lazy=False)


@pytest.mark.django_db(transaction=True)  # beat closes connections as it likes
@pytest.mark.services
def test_entries_are_written_once_and_operators_keep_theirs():
    hourly = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
    PeriodicTask.objects.create(name="an operator's", task="tests.own", interval=hourly)
    start_beat(SWEEP, NIGHTLY)
    PeriodicTask.objects.filter(name="tests: nightly").update(enabled=False)
    start_beat(SWEEP, NIGHTLY)

    rows = PeriodicTask.objects.order_by("name").values_list(
        "name", "task", "interval__every", "crontab__hour", "expire_seconds", "enabled"
    )
    assert list(rows) == [
        ("an operator's", "tests.own", 1, None, None, True),
        ("tests: nightly", "tests.nightly", None, "3", 21_600, False),
        ("tests: sweep", "tests.sweep", 60, None, 60, True),
    ]


def test_a_calendar_entry_says_when_it_expires():
    with pytest.raises(ValueError, match="'tests: nightly' does not say when it expires"):
        BeatEntry(name="tests: nightly", task="tests.nightly", every=crontab(hour="3")).as_celery()


def test_every_entry_names_a_task_that_exists_and_expires():
    app.loader.import_default_modules()

    for name, entry in app.conf.beat_schedule.items():
        assert entry["task"] in app.tasks, name
        assert entry["options"]["expire_seconds"] > 0, name
