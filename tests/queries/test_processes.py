"""Exports by real processes, killed while they write."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.core.files import stored_names
from apps.core.jobs import DEAD_AFTER, latest_job
from apps.queries.upkeep import sweep_exports
from tests.builders import make_member, make_order, make_organization
from tests.queries.conftest import ask, carry_out, content, reloaded

ROOT = Path(__file__).resolve().parents[2]


def start(job_id, folder):
    name = connection.settings_dict["NAME"]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.queries.slow_export", name, str(folder), str(job_id)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_leaves_no_file_and_the_export_is_tried_again():
    shop = make_organization("shop")
    owner = make_member(shop, role="owner")
    for number in range(25):
        make_order(shop, number=f"N-{number}")
    export = ask(shop, owner, "orders", columns=["number"])

    process = start(latest_job(export.pk).pk, settings.FILES_DIR)
    said = process.stdout.readline()
    assert said == "writing\n", said + process.stdout.read()
    (unfinished,) = stored_names(shop.pk)
    assert unfinished == f"{reloaded(export).stored_name}.part"
    process.kill()
    process.communicate()

    assert list(stored_names(shop.pk)) == [unfinished]
    assert reloaded(export).status == "running"
    assert sweep_exports(now=timezone.now()) == 0
    assert sweep_exports(now=timezone.now() + 2 * DEAD_AFTER) == 1
    assert stored_names(shop.pk) == {}
    waiting = reloaded(export)
    assert (waiting.status, waiting.attempts) == ("queued", 1)

    done = carry_out(waiting)
    assert (done.status, done.attempts, done.rows) == ("succeeded", 2, 25)
    assert content(done).count(b"\r\n") == 26
    assert list(stored_names(shop.pk)) == [done.stored_name]
