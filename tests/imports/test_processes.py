"""Imports by real processes: killed at any moment, and two at once."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from apps.core.context import organization_context
from apps.core.jobs import DEAD_AFTER
from apps.core.models import JobRun, JobStatus
from apps.imports.models import ImportRun, ImportStatus
from apps.imports.services import sweep_imports
from apps.marketplace.models import Order, OrderLine
from tests.builders import make_organization

ROOT = Path(__file__).resolve().parents[2]
ORDERS = 4000


@pytest.fixture
def shop(transactional_db):
    return make_organization("shop", timezone="Europe/London", currency="GBP")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "takeaway.csv"
    lines = ["OrderNumber,OrderDate,ItemName,Quantity,ProductPrice,TotalProducts\n"]
    for order in range(ORDERS):
        lines += [f"{order},0{1 + order % 9}/03/2019 12:00,Item {item},1,2.50,3\n" for item in range(3)]
    path.write_text("".join(lines))
    return path


def start(file):
    settings = connection.settings_dict
    host = settings["HOST"] or "127.0.0.1"
    if host.startswith("/"):
        pytest.skip("the embedded database is reached by a socket, which a URL of the test database cannot name")
    secret = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
    url = f"postgres://{settings['USER']}{secret}@{host}:{settings['PORT'] or 5432}/{settings['NAME']}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_data", "--organization", "shop", "--mapping", "takeaway", str(file)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.local", "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def counts(organization):
    with organization_context(organization.pk):
        return Order.objects.count(), OrderLine.objects.count()


def wait_until_it_works(process):
    """Return when the import has begun, however slow the machine is."""
    while process.poll() is None and not JobRun.objects.filter(status=JobStatus.RUNNING).exists():
        time.sleep(0.02)


def test_an_import_that_is_killed_leaves_all_or_nothing(shop, file):
    whole = (ORDERS, 3 * ORDERS)
    began = time.monotonic()
    seen = set()
    for attempt in range(3):
        process = start(file)
        wait_until_it_works(process)
        time.sleep(random.uniform(0, 1.5))  # noqa: S311 - any moment will do
        process.kill()
        process.communicate()
        seen.add(counts(shop))
        assert counts(shop) in ((0, 0), whole), attempt
    assert time.monotonic() - began < 600
    # The sweeper sees that nobody works on what the dead left, and says so.
    swept = sweep_imports(now=timezone.now() + 2 * DEAD_AFTER)
    with organization_context(shop.pk):
        left = ImportRun.objects.exclude(status__in=(ImportStatus.FAILED, ImportStatus.COMMITTED)).count()
    assert (left, swept <= 3) == (0, True)
    assert not JobRun.objects.filter(status=JobStatus.RUNNING).exists()

    finished = start(file)
    output, _ = finished.communicate()
    assert (finished.returncode, counts(shop)) == (0, whole), output


def test_two_imports_of_one_file_at_once_give_what_one_gives(shop, file):
    both = [start(file), start(file)]
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert counts(shop) == (ORDERS, 3 * ORDERS)
    told = sorted("Nothing changed" in output for output in outputs)
    assert told == [False, True], outputs


def test_a_repetition_says_that_nothing_changed(shop, file, capsys):
    call_command("import_data", str(file), organization="shop", mapping="takeaway")
    with organization_context(shop.pk):
        before = list(Order.objects.order_by("pk").values_list("pk", "updated_at")[:50])
    call_command("import_data", str(file), organization="shop", mapping="takeaway")
    assert "Nothing changed: everything in these files was stored already." in capsys.readouterr().out
    with organization_context(shop.pk):
        assert list(Order.objects.order_by("pk").values_list("pk", "updated_at")[:50]) == before
