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
from kombu import Queue
from kombu.exceptions import OperationalError

from config.celery import app
from tests.config.processes import CODE, PATIENCE_SECONDS, wait_until
from tests.config.queue_tasks import die_once, note

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def queue():
    """A worker's queue; the broker may be serving others too."""
    name = f"test-{uuid.uuid4()}"
    command = (
        f"-m celery -A tests.config.queue_tasks -q worker -Q {name} -n {name}@%h --loglevel warning --concurrency 1"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", *command.split(), "--without-gossip", "--without-mingle"],
        cwd=CODE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
    ) as process:
        yield name
        process.terminate()
        process.wait(PATIENCE_SECONDS)
    with app.connection_for_write() as connection:
        Queue(name).bind(connection.default_channel).delete()


@pytest.fixture
def key():
    key = f"queue-test-{uuid.uuid4()}"
    yield key
    cache.delete(key)


def test_a_task_is_carried_out_by_another_process(queue, key):
    note.apply_async(args=[key, "done"], queue=queue)

    wait_until(lambda: cache.get(key) == "done", "the task")


def test_a_task_whose_process_is_killed_is_given_to_another(queue, key):
    die_once.apply_async(args=[key], queue=queue)

    wait_until(lambda: cache.get(key) == 2, "the second try")


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_sends_no_task(queue, key):
    with transaction.atomic():
        note.apply_async_on_commit(args=[key, "must not be"], queue=queue)
        transaction.set_rollback(True)
    note.apply_async_on_commit(args=[key, "after"], queue=queue)

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
