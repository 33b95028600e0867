"""Old mails are forgotten: those that ended long ago, whole, and no other."""

import datetime
import uuid

import pytest
import time_machine
from django.db import connection, models
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from apps.core.context import across_all_organizations, organization_context
from apps.notifications import upkeep
from apps.notifications.checks import check_kept_days
from apps.notifications.models import Delivery, DeliveryState, MailMessage
from apps.notifications.schedule import ENTRIES
from apps.notifications.sending import MOST_ATTEMPTS, STUCK_AFTER, send_due, sweep_deliveries
from apps.notifications.services import mark_as_sent, send_again
from apps.notifications.tasks import remove_old
from apps.notifications.unsubscribing import Subscription, page_of, unsubscribe
from apps.notifications.upkeep import LEAST_KEPT_DAYS, remove_old_mails
from apps.reports.services import KEPT_FOR
from tests.notifications.conftest import THREE, attach, queue_for, row, states, use_server
from tests.notifications.servers import MailServer

pytestmark = pytest.mark.django_db
ANNA, BERT, CARL = THREE
THEN = datetime.datetime(2026, 3, 2, 13, tzinfo=datetime.UTC)
DAY, SECOND = datetime.timedelta(days=1), datetime.timedelta(seconds=1)
KEPT = 400 * DAY


def sent(organization, *recipients, at=THEN, **changes):
    """Queue and send a mail by the outbox at an instant; return its deliveries."""
    with time_machine.travel(at, tick=False):
        rows = queue_for(organization, *recipients, **changes)
        send_due(organization.pk)
    return rows


def change(organization, recipient, **fields):
    with organization_context(organization.pk):
        Delivery.objects.filter(recipient=recipient).update(**{"next_attempt_at": None, **fields})


def left():
    """Return how many mails and deliveries there are, of everybody."""
    with across_all_organizations(reason="a test counts"):
        return MailMessage.objects.count(), Delivery.objects.count()


def test_a_mail_goes_with_all_its_recipients_once_the_time_has_passed_and_not_a_moment_before(laundry, files):
    sent(laundry, *THREE, attachments=(attach(laundry, "Revenue.pdf", b"figures"),))
    assert remove_old_mails(now=THEN + KEPT) == 0
    assert left() == (1, 3)
    assert remove_old_mails(now=THEN + KEPT + SECOND) == 1
    assert left() == (0, 0)
    assert remove_old_mails(now=THEN + KEPT + SECOND) == 0


def test_the_settings_say_how_long(laundry, settings):
    sent(laundry, ANNA)
    settings.MAIL_KEPT_DAYS = 100
    assert remove_old_mails(now=THEN + 100 * DAY) == 0
    assert remove_old_mails(now=THEN + 100 * DAY + SECOND) == 1


@pytest.mark.parametrize("state", DeliveryState.values)
def test_only_what_has_ended_is_removed(state, laundry):
    sent(laundry, ANNA)
    at = THEN + DAY if state == "queued" else None
    change(laundry, ANNA, state=state, claimed_at=THEN, next_attempt_at=at)
    assert remove_old_mails(now=THEN + 10 * KEPT) == (state in {"sent", "failed", "suppressed"})


def test_one_recipient_whose_mail_is_needed_keeps_the_mail_for_all(laundry):
    sent(laundry, *THREE)
    change(laundry, BERT, state="unknown")
    assert remove_old_mails(now=THEN + 2 * KEPT) == 0
    assert states(laundry) == {ANNA: "sent", BERT: "unknown", CARL: "sent"}


def test_the_time_counts_from_the_end_of_the_last_one(laundry, cast):
    rows = sent(laundry, *THREE)
    change(laundry, BERT, state="unknown")
    decided = THEN + 300 * DAY
    with time_machine.travel(decided, tick=False), organization_context(laundry.pk):
        mark_as_sent([rows[1].pk], decided_by=cast.analyst)
    assert remove_old_mails(now=decided + KEPT) == 0
    assert remove_old_mails(now=decided + KEPT + SECOND) == 1


def test_a_mail_that_is_sent_again_begins_its_time_anew_however_it_ends(laundry, cast, settings, script):
    """Given up because the server is away, and refused, and because the organization is switched off."""
    with MailServer(script) as server:
        use_server(settings, server)  # what was its port is nobody's now
    rows = queue_for(laundry, *THREE)
    for recipient in THREE:
        change(laundry, recipient, state="failed", created_at=THEN)
    with organization_context(laundry.pk):
        MailMessage.objects.update(created_at=THEN)
    again = THEN + 399 * DAY
    with time_machine.travel(again, tick=False):
        with organization_context(laundry.pk):
            send_again([delivery.pk for delivery in rows], decided_by=cast.analyst)
        change(laundry, ANNA, attempts=MOST_ATTEMPTS - 1, next_attempt_at=again)
        change(laundry, BERT, state="failed", next_attempt_at=None)
        change(laundry, CARL, state="failed", next_attempt_at=None)
        send_due(laundry.pk)
        assert row(laundry, ANNA).state == "failed"
        change(laundry, BERT, state="queued", next_attempt_at=again)
        laundry.is_active = False
        laundry.save()
        send_due(laundry.pk)
        assert row(laundry, BERT).state == "failed"
    change(laundry, CARL, state="sending", claimed_at=again - 2 * STUCK_AFTER, attempts=MOST_ATTEMPTS)
    assert sweep_deliveries(again) == 1
    with organization_context(laundry.pk):
        assert set(Delivery.objects.values_list("state", "claimed_at")) == {("failed", again)}
    assert remove_old_mails(now=again + KEPT) == 0
    assert remove_old_mails(now=again + KEPT + SECOND) == 1


def test_a_mail_without_recipients_goes_by_its_own_age(laundry):
    sent(laundry, ANNA)
    with organization_context(laundry.pk):
        Delivery.objects.all().delete()
        MailMessage.objects.update(created_at=THEN)
    assert remove_old_mails(now=THEN + KEPT) == 0
    assert remove_old_mails(now=THEN + KEPT + SECOND) == 1


def test_each_organization_loses_its_own_old_mails_and_no_other(organizations, monkeypatch):
    """Also where they lie in one batch, and where two mails are about the same source."""
    monkeypatch.setattr(upkeep, "BATCH", 4)
    laundry, wholesaler, clinic = organizations
    source = uuid.uuid4()
    for organization in organizations:
        for number in range(3):
            sent(organization, ANNA, source=source if number == 0 else uuid.uuid4())
    sent(laundry, BERT, at=THEN + DAY)
    sent(clinic, CARL, source=source, at=THEN + DAY, subject="Another")
    change(wholesaler, ANNA, state="unknown")
    with organization_context(wholesaler.pk):
        assert remove_old_mails(now=THEN + KEPT + SECOND) == 6, "whatever the context of the caller"
    assert states(laundry) == {BERT: "sent"}
    assert states(clinic) == {CARL: "sent"}
    assert left() == (5, 5)


def test_removing_takes_sets_and_reads_no_bodies(laundry):
    counted = []
    for number in (2, 20):
        for _number in range(number):
            sent(laundry, *THREE)
        with CaptureQueriesContext(connection) as asked:
            assert remove_old_mails(now=THEN + KEPT + SECOND) == number
        counted.append(len(asked))
        assert not [query for query in asked if '"html"' in query["sql"] or '"recipient"' in query["sql"]]
    assert counted == [10, 10]


def test_interrupted_in_the_middle_it_goes_on_the_next_day(laundry, clinic, monkeypatch):
    monkeypatch.setattr(upkeep, "BATCH", 2)
    for organization in (laundry, clinic):
        for number in range(3):
            sent(organization, ANNA, BERT, at=THEN + number * SECOND)
    delete, calls = models.QuerySet.delete, []

    def stopped(rows):
        calls.append(delete(rows))
        if len(calls) == 3:
            raise SystemExit  # a worker's end, before it could commit
        return calls[-1]

    with monkeypatch.context() as broken:
        broken.setattr(models.QuerySet, "delete", stopped)
        with pytest.raises(SystemExit):
            remove_old_mails(now=THEN + 2 * KEPT)
    assert left() == (4, 8), "each mail with all its recipients, or none of it"
    assert remove_old_mails(now=THEN + 2 * KEPT) == 4
    assert left() == (0, 0)


def test_what_somebody_has_sent_again_meanwhile_is_left(laundry, cast, monkeypatch):
    [anna] = sent(laundry, ANNA)
    sent(laundry, BERT)
    change(laundry, ANNA, state="failed")
    remove = upkeep._remove

    def after_a_decision(mails, cutoff):
        send_again([anna.pk], decided_by=cast.analyst)
        return remove(mails, cutoff)

    monkeypatch.setattr(upkeep, "_remove", after_a_decision)
    assert remove_old_mails(now=THEN + 2 * KEPT) == 1
    assert states(laundry) == {ANNA: "queued"}


def test_who_unsubscribed_gets_no_mail_after_everything_else_is_forgotten(laundry):
    topic = uuid.uuid4()
    sent(laundry, ANNA, topic=topic, topic_name="Weekly revenue")
    subscription = Subscription(laundry.pk, topic, ANNA)
    unsubscribe(subscription)
    assert remove_old_mails(now=THEN + 2 * KEPT) == 1
    page = page_of(subscription)
    assert (page.is_unsubscribed, page.topic_name) == (True, "")
    sent(laundry, ANNA, topic=topic, topic_name="Weekly revenue", at=THEN + 2 * KEPT)
    assert states(laundry) == {ANNA: "suppressed"}


def test_beat_has_it_done_once_a_day(laundry):
    assert {entry.task: entry.every for entry in ENTRIES}[remove_old.name] == DAY
    sent(laundry, ANNA)
    with time_machine.travel(THEN + KEPT - SECOND, tick=False):
        remove_old()
        assert left() == (1, 1)
    with time_machine.travel(THEN + KEPT + SECOND, tick=False):
        remove_old()
        assert left() == (0, 0)


def test_mails_are_kept_as_long_as_what_they_are_about_can_be_mailed():
    assert datetime.timedelta(days=LEAST_KEPT_DAYS) >= KEPT_FOR
    assert check_kept_days(None) == []
    for days in (-1, 0, LEAST_KEPT_DAYS - 1):
        with override_settings(MAIL_KEPT_DAYS=days):
            [refused] = check_kept_days(None)
            assert (refused.id, f"is {days}:" in refused.msg) == ("bellwether.E032", True)
    with override_settings(MAIL_KEPT_DAYS=LEAST_KEPT_DAYS):
        assert check_kept_days(None) == []
