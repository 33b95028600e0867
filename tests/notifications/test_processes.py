"""Workers by the dozen, and workers that die: each mail once, and what nobody knows is told."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from apps.core.database import close_connections
from apps.notifications.sending import STUCK_AFTER, send_due, sweep_deliveries
from tests.analytics.processes import PATIENCE_SECONDS, start
from tests.builders import make_organization
from tests.notifications.conftest import THREE, queue_for, row, states

pytestmark = pytest.mark.django_db(transaction=True)
ANNA, BERT, CARL = THREE
CLAIMANTS = 8


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
