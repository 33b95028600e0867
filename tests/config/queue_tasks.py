"""Tasks for a worker process of the tests: `celery -A tests.config.queue_tasks worker`."""

import os
import signal

from celery import shared_task
from django.core.cache import cache

from config.celery import app

__all__ = ["app"]


@shared_task(name="tests.note")
def note(key, value):
    cache.set(key, value, 600)


@shared_task(name="tests.die_once")
def die_once(key):
    """Die as if out of memory at the first try, and count the tries."""
    if cache.get_or_set(key, 0, 600) == 0:
        cache.incr(key)
        os.kill(os.getpid(), signal.SIGKILL)
    cache.incr(key)
