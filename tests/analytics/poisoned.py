"""`celery -A tests.analytics.poisoned worker`: it dies in the middle of a refresh of the organization in POISONED."""

import os
import signal
from pathlib import Path

from celery.signals import task_prerun
from django.db import connection

from config.celery import app

__all__ = ["app"]


@task_prerun.connect
def poison(task=None, args=(), **_ignored):
    if task.name == "analytics.refresh" and args[0] == os.environ["POISONED"]:
        connection.execute_wrappers.append(die)


def die(execute, sql, params, many, context):
    if "daily_revenue_summaries" in sql:
        (Path(os.environ["DEATHS"]) / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)
