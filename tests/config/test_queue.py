"""Tasks go through the broker to a worker process: the embedded Redis, or whatever REDIS_URL and BROKER_URL name."""

import os
import subprocess
import sys
import time
import uuid

import pytest
from celery import Celery
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError

from config.celery import app
from tests.config.processes import CODE, PATIENCE_SECONDS, wait_until
from tests.config.queue_tasks import die_once, note

pytestmark = [pytest.mark.services, pytest.mark.xdist_group("queue")]


@pytest.fixture(scope="module")
def worker():
    """A worker on this process's own queue."""
    command = "-m celery -A tests.config.queue_tasks -q worker --loglevel warning --concurrency 1 --without-gossip"
    with app.connection_for_write() as connection:
        queue = app.amqp.queues[app.conf.task_default_queue](connection.default_channel)
        queue.declare()
        queue.purge()
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", *command.split(), "--without-mingle", "--without-heartbeat"],
        cwd=CODE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
    ) as process:
        yield process
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@pytest.fixture
def key():
    key = f"queue-test-{uuid.uuid4()}"
    yield key
    cache.delete(key)


def test_a_task_is_carried_out_by_another_process(worker, key):
    note.delay(key, "done")

    wait_until(lambda: cache.get(key) == "done", "the task")


def test_a_task_whose_process_is_killed_is_given_to_another(worker, key):
    die_once.delay(key)

    wait_until(lambda: cache.get(key) == 2, "the second try")


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_sends_no_task(worker, key):
    with transaction.atomic():
        note.delay_on_commit(key, "must not be")
        transaction.set_rollback(True)
    note.delay_on_commit(key, "after")

    wait_until(lambda: cache.get(key), "the task")
    assert cache.get(key) == "after"


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "amqp://guest@127.0.0.1:1//"])
def test_a_broker_that_is_down_is_reported_within_two_seconds(broker):
    cut_off = Celery("cut off", broker=broker, set_as_current=False)
    cut_off.config_from_object("django.conf:settings", namespace="CELERY")
    cut_off.conf.broker_url = broker
    started = time.monotonic()

    with pytest.raises(OperationalError):
        cut_off.send_task("tests.note", args=["key", "value"])

    assert time.monotonic() - started < 2
