"""Celery's application: tasks come from each app's `tasks.py`, beat entries from each app's `schedule.py`."""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

app = Celery("bellwether")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def collect_beat_entries(sender: Celery, **signal: Any) -> None:
    """Give beat what the apps declare. Its scheduler upserts by name, so rows that operators add or disable survive."""
    for name in settings.BELLWETHER_APPS:
        if find_spec(f"{name}.schedule"):
            for entry in import_module(f"{name}.schedule").ENTRIES:
                sender.conf.beat_schedule[entry.name] = entry.as_celery()
