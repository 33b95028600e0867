"""Who unsubscribed gets no more mails of that topic, and nobody does so by looking."""

import uuid
from urllib.parse import urlsplit

import pytest
from django.test import Client

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.notifications.models import Unsubscription
from apps.notifications.sending import send_due
from apps.notifications.services import send_again
from apps.notifications.unsubscribing import Subscription, unsubscribe_url
from tests.notifications.conftest import queue_for, row, states

pytestmark = pytest.mark.django_db
ANNA, BERT = "anna@one.example", "bert@two.example"
TOPIC = uuid.UUID(int=7)


def address_of(organization, recipient=ANNA, topic=TOPIC):
    return urlsplit(unsubscribe_url(Subscription(organization.pk, topic, recipient))).path


def unsubscribed(organization):
    with organization_context(organization.pk):
        return sorted(Unsubscription.objects.values_list("topic", "address"))


@pytest.fixture
def visitor() -> Client:
    """Somebody without an account, whose browser and mail program send no CSRF token."""
    return Client(enforce_csrf_checks=True)


def test_looking_unsubscribes_nobody(laundry, visitor):
    queue_for(laundry, ANNA, topic=TOPIC, topic_name="Weekly <b>revenue</b>")
    for method in (visitor.get, visitor.head):
        answer = method(address_of(laundry))
        assert answer.status_code == 200
    page = visitor.get(address_of(laundry)).content.decode()
    assert "Stop the mails of “Weekly &lt;b&gt;revenue&lt;/b&gt;”?" in page
    assert ANNA in page
    assert laundry.name in page
    assert unsubscribed(laundry) == []


def test_one_click_of_a_mail_program_unsubscribes(laundry, visitor):
    body = {"List-Unsubscribe": "One-Click"}
    assert [visitor.post(address_of(laundry), body).status_code for _ in range(2)] == [200, 200]
    assert unsubscribed(laundry) == [(TOPIC, ANNA)]


def test_who_unsubscribed_gets_no_mail_of_the_topic_until_they_subscribe_again(laundry, visitor, mail_server, script):
    page = visitor.post(address_of(laundry), {"action": "unsubscribe"}).content.decode()
    assert "Subscribe again" in page
    queue_for(laundry, ANNA, BERT, topic=TOPIC)
    queue_for(laundry, "anna@one.example", topic=uuid.uuid4())
    assert send_due(laundry.pk) == 2
    assert sorted(script.recipients) == [ANNA, BERT]
    with organization_context(laundry.pk):
        assert states(laundry)[BERT] == "sent"

    page = visitor.post(address_of(laundry), {"action": "resubscribe"}).content.decode()
    assert "You are subscribed again." in page
    assert unsubscribed(laundry) == []
    queue_for(laundry, ANNA, topic=TOPIC)
    assert send_due(laundry.pk) == 1


def test_a_mail_that_waits_is_not_sent_to_who_unsubscribes_meanwhile(laundry, visitor, mail_server, script, cast):
    queue_for(laundry, ANNA, BERT, topic=TOPIC)
    visitor.post(address_of(laundry))
    assert send_due(laundry.pk) == 1
    assert states(laundry) == {ANNA: "suppressed", BERT: "sent"}
    with organization_context(laundry.pk):
        assert send_again([row(laundry, ANNA).pk], decided_by=cast.owner) == 0


def test_an_unsubscription_holds_in_its_organization_and_for_its_topic(laundry, clinic, visitor, mail_server, script):
    visitor.post(address_of(laundry))
    for organization, topic in ((clinic, TOPIC), (laundry, uuid.UUID(int=8)), (laundry, None)):
        queue_for(organization, ANNA, topic=topic)
    assert send_due(laundry.pk) + send_due(clinic.pk) == 3


def test_an_address_made_up_leads_nowhere_and_changes_nothing(laundry, visitor):
    good = address_of(laundry)
    token = good.rpartition("/")[2]
    payload, _, signature = token.rpartition(".")
    other = address_of(laundry, BERT).rpartition("/")[2].rpartition(".")[0]
    made_up = [payload, f"{other}.{signature}", f"{payload}.{signature[:-1]}", "x", f"{payload}.", str(laundry.pk)]
    for token in made_up:
        for method in (visitor.get, visitor.post):
            assert method(f"/unsubscribe/{token}").status_code == 404, token
    assert visitor.get(f"/unsubscribe/{payload}.{signature}").status_code == 200
    assert unsubscribed(laundry) == []


def test_a_token_of_an_organization_that_is_gone_leads_nowhere(visitor):
    gone = Organization(name="gone", slug="gone")
    assert visitor.post(address_of(gone)).status_code == 404


def test_the_page_is_kept_by_nobody_and_says_nothing_to_others(laundry, visitor):
    answer = visitor.get(address_of(laundry))
    assert "no-store" in answer["Cache-Control"]
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert not answer.cookies
    assert visitor.put(address_of(laundry)).status_code == 405


def test_the_address_stays_the_same_and_outlives_a_change_of_the_key(laundry, visitor, settings):
    address = address_of(laundry)
    assert address == address_of(laundry)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 60
    assert visitor.get(address).status_code == 200
