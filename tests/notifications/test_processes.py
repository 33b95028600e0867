"""Workers by the dozen, and workers that die: each mail once, and what nobody knows is told."""

import datetime
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.core.database import close_connections, in_transaction
from apps.notifications.sending import STUCK_AFTER, send_due, sweep_deliveries
from apps.notifications.services import retry_failed
from apps.notifications.upkeep import remove_old_mails
from tests.analytics.processes import PATIENCE_SECONDS, start
from tests.builders import make_organization
from tests.notifications.conftest import THREE, queue_for, row, states

pytestmark = pytest.mark.django_db(transaction=True)
ANNA, BERT, CARL = THREE
CLAIMANTS = 8
LONG_AGO = datetime.datetime(2020, 3, 2, tzinfo=datetime.UTC)


@pytest.fixture
def shop(transactional_db):
    return make_organization("shop")


def killed_at(place, organization, mail_server):
    """Start a worker, and kill it where it stands."""
    url = f"smtp://127.0.0.1:{mail_server.port}"
    worker = start("-m", "tests.notifications.sender", str(organization.pk), place, name="sender", EMAIL_URL=url)
    try:
        said = worker.stdout.readline().strip()
        while said and said != place:  # a log line
            said = worker.stdout.readline().strip()
        assert said == place
    finally:
        worker.kill()
        worker.stdin.close()
        worker.stdout.close()
        worker.wait(PATIENCE_SECONDS)


def test_a_worker_killed_between_acceptance_and_commit_leaves_an_unknown_and_no_second_copy(shop, mail_server, script):
    queue_for(shop, *THREE)
    killed_at("accepted", shop, mail_server)
    [taken] = script.recipients
    assert list(states(shop).values()).count("sending") == 1
    assert row(shop, taken).handed_over_at is not None

    assert sweep_deliveries(timezone.now()) == 0  # it may still be at work
    assert send_due(shop.pk) == 2
    assert sweep_deliveries(timezone.now() + STUCK_AFTER) == 1
    assert send_due(shop.pk) == 0

    assert sorted(script.recipients) == THREE
    assert states(shop) == {address: "unknown" if address == taken else "sent" for address in THREE}
    assert "whether the mail server took it is not known" in row(shop, taken).error


def test_a_worker_killed_before_the_final_dot_leaves_a_mail_that_is_sent_once(shop, mail_server, script):
    queue_for(shop, *THREE)
    killed_at("about to hand over", shop, mail_server)
    assert script.recipients == []

    assert send_due(shop.pk) == 2
    with time_machine.travel(timezone.now() + STUCK_AFTER):
        assert sweep_deliveries(timezone.now()) == 1
        assert send_due(shop.pk) == 1
    assert sorted(script.recipients) == THREE
    assert set(states(shop).values()) == {"sent"}


def test_eight_claimants_at_once_send_each_mail_once(shop, mail_server, script):
    addresses = sorted(f"person{number:02}@one.example" for number in range(40))
    queue_for(shop, *addresses)
    barrier = threading.Barrier(CLAIMANTS)

    def work(number):
        try:
            barrier.wait(PATIENCE_SECONDS)
            return send_due(shop.pk)
        finally:
            close_connections()

    with ThreadPoolExecutor(CLAIMANTS) as pool:
        sent = list(pool.map(work, range(CLAIMANTS)))

    assert sum(sent) == len(addresses)
    assert sorted(script.recipients) == addresses
    assert set(states(shop).values()) == {"sent"}


def test_the_claim_is_committed_before_the_server_hears_of_the_mail(shop, mail_server, script):
    seen = []

    def look(recipient):
        with connection.cursor() as cursor:  # of the server's thread
            cursor.execute("SELECT state, handed_over_at IS NOT NULL FROM notifications_delivery")
            seen.extend(cursor.fetchall())
        connection.close()

    script.on_mail = look
    queue_for(shop, ANNA)
    send_due(shop.pk)
    assert seen == [("sending", True)]


def test_two_callers_at_once_queue_each_recipient_once(shop, mail_server, script):
    source = uuid.uuid4()
    barrier = threading.Barrier(4)

    def queue(number):
        try:
            barrier.wait(PATIENCE_SECONDS)
            return [delivery.pk for delivery in queue_for(shop, *THREE, source=source)]
        finally:
            close_connections()

    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(queue, range(4)))
    assert keys == [keys[0]] * 4
    assert send_due(shop.pk) == 3
    assert sorted(script.recipients) == THREE


def test_a_mail_that_somebody_is_having_sent_again_is_not_removed_from_under_them(shop):
    decided, waiting = threading.Event(), threading.Event()
    with time_machine.travel(LONG_AGO, tick=False):
        [delivery] = queue_for(shop, ANNA)
        Organization.objects.filter(pk=shop.pk).update(is_active=False)
        send_due(shop.pk)
        Organization.objects.filter(pk=shop.pk).update(is_active=True)

    def decide():
        try:
            with organization_context(shop.pk), in_transaction():
                assert retry_failed(delivery.source) == 1
                decided.set()
                assert waiting.wait(PATIENCE_SECONDS)
        finally:
            close_connections()

    def remove():
        try:
            return remove_old_mails(now=timezone.now())
        finally:
            close_connections()

    with ThreadPoolExecutor(2) as pool:
        deciding = pool.submit(decide)
        assert decided.wait(PATIENCE_SECONDS)
        removing = pool.submit(remove)
        while not removing.done() and not somebody_waits_for_a_lock():
            time.sleep(0.02)
        waiting.set()
        deciding.result(PATIENCE_SECONDS)
        assert removing.result(PATIENCE_SECONDS) == 0
    assert states(shop) == {ANNA: "queued"}


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%notifications_%')"
        )
        return cursor.fetchone()[0]
