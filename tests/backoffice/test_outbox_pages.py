"""The outbox in the admin: each mail as it looks, what became of it, and who may decide."""

import html
import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.context import organization_context
from apps.core.files import remove_stored
from apps.notifications.models import Delivery, DeliveryState
from apps.notifications.sending import send_due
from tests.backoffice.rows import nothing_changes
from tests.notifications.conftest import attach, queue_for, row

pytestmark = pytest.mark.django_db
ANNA, BERT, CARL = "anna@one.example", "bert@two.example", "carl@three.example"
LIST = "/admin/notifications/delivery/"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.FILES_DIR = tmp_path


def become(organization, recipient, state, **fields):
    with organization_context(organization.pk):
        Delivery.objects.filter(recipient=recipient).update(state=state, next_attempt_at=None, **fields)


def page_of(delivery, view="change"):
    return reverse(f"admin:notifications_delivery_{view}", args=[delivery.pk])


def test_a_newcomer_reads_the_mail_without_a_server(staff_cast, laundry, sign_in):
    queue_for(
        laundry,
        ANNA,
        subject="Weekly revenue",
        text="Revenue: USD 1,200.00",
        html="<html><body><script>alert(1)</script><p title='a\"b'>Revenue</p></body></html>",
        attachments=(attach(laundry, "Revenue.pdf", b"%PDF-1.7 figures"),),
    )
    send_due(laundry.pk)
    client = sign_in(staff_cast.analyst, laundry)
    listed = client.get(LIST).content.decode()
    assert ANNA in listed
    assert "Weekly revenue" in listed
    assert "Kept here" in listed

    page = client.get(page_of(row(laundry, ANNA))).content.decode()
    assert "sent to nobody: this installation has no mail server" in page
    assert "Revenue: USD 1,200.00" in page
    [frame] = re.findall(r"<iframe[^>]*>", page)
    assert re.search(r"\ssandbox(?=[\s>])(?!=)", frame)
    shown = html.unescape(re.search(r'srcdoc="([^"]*)"', frame)[1])
    assert shown.startswith('<meta http-equiv="Content-Security-Policy" content="default-src \'none\';')
    assert shown.endswith("<html><body><script>alert(1)</script><p title='a\"b'>Revenue</p></body></html>")
    assert "<script>alert(1)" not in page

    [file] = re.findall(r'href="(/admin/notifications/mailmessage/[^"]*/attachments/0/)"', page)
    answer = client.get(file)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 figures"
    assert answer["Content-Disposition"] == 'attachment; filename="Revenue.pdf"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Cache-Control"].startswith("private, no-store")


def test_a_file_that_is_gone_is_told(staff_cast, laundry, sign_in):
    file = attach(laundry, "Revenue.pdf", b"x")
    [delivery] = queue_for(laundry, ANNA, attachments=(file,))
    remove_stored(laundry.pk, file.stored_name)
    client = sign_in(staff_cast.analyst, laundry)
    address = reverse("admin:notifications_mailmessage_attachment", args=[delivery.message_id, 0])
    assert "Revenue.pdf is not kept any more." in client.get(address, follow=True).content.decode()
    assert client.get(address.replace("/0/", "/1/")).status_code == 404


@pytest.mark.parametrize(
    ("state", "story", "buttons"),
    [
        ("failed", "550 no such user", ["send-again"]),
        ("unknown", "It is not sent again by itself.", ["mark-as-sent", "send-again"]),
        ("suppressed", "has unsubscribed", []),
        ("sent", "The mail server took it at", []),
        ("sending", "A worker hands it", []),
    ],
)
def test_each_state_tells_its_story_and_what_may_be_done(state, story, buttons, staff_cast, laundry, sign_in):
    [delivery] = queue_for(laundry, ANNA)
    fields = {"sent_at": timezone.now(), "transport": "smtp", "reply": "250 ok"} if state == "sent" else {}
    become(
        laundry, ANNA, state, claimed_at=timezone.now(), error="550 no such user <b>" * (state == "failed"), **fields
    )
    page = sign_in(staff_cast.analyst, laundry).get(page_of(delivery)).content.decode()
    assert story in page
    assert "<b>" not in page
    assert sorted(re.findall(rf'action="/admin/notifications/delivery/{delivery.pk}/([a-z-]+)/"', page)) == buttons


def test_what_is_no_address_cannot_be_sent_to_again(staff_cast, laundry, sign_in):
    [delivery] = queue_for(laundry, "nobody at all")
    page = sign_in(staff_cast.analyst, laundry).get(page_of(delivery)).content.decode()
    assert "Correct the recipient where these mails are ordered." in page
    assert "send-again" not in page


@pytest.mark.parametrize(("view", "state"), [("send_again", "queued"), ("mark_as_sent", "sent")])
def test_analysts_decide_about_an_unknown_and_are_named(view, state, staff_cast, laundry, sign_in):
    [delivery] = queue_for(laundry, ANNA)
    become(laundry, ANNA, DeliveryState.UNKNOWN)
    answer = sign_in(staff_cast.analyst, laundry).post(page_of(delivery, view), follow=True)
    assert f"1 mail is {'sent again' if state == 'queued' else 'marked as sent'}." in answer.content.decode()
    assert staff_cast.analyst.email in answer.content.decode()
    assert row(laundry, ANNA).state == state


@pytest.mark.parametrize("view", ["send_again", "mark_as_sent"])
@pytest.mark.parametrize(
    ("actor", "code"),
    [("viewer", 403), ("stranger", 404), ("staff", 403), ("removed", 403), ("disabled", 302), (None, 302)],
)
def test_nobody_else_decides(view, actor, code, staff_cast, laundry, clinic, sign_in):
    [delivery] = queue_for(laundry, ANNA)
    become(laundry, ANNA, DeliveryState.UNKNOWN)
    client = sign_in(getattr(staff_cast, actor) if actor else None, clinic if actor == "stranger" else laundry)
    with nothing_changes():
        assert client.post(page_of(delivery, view)).status_code == code


def test_a_list_of_mails_is_decided_about_at_once(staff_cast, laundry, sign_in):
    rows = queue_for(laundry, ANNA, BERT, CARL)
    become(laundry, ANNA, DeliveryState.UNKNOWN)
    become(laundry, BERT, DeliveryState.FAILED)
    client = sign_in(staff_cast.owner, laundry)
    chosen = {"_selected_action": [str(delivery.pk) for delivery in rows]}
    client.post(LIST, {**chosen, "action": "mark_selected_as_sent"})
    assert [row(laundry, recipient).state for recipient in (ANNA, BERT, CARL)] == ["sent", "failed", "queued"]
    told = client.post(LIST, {**chosen, "action": "send_selected_again"}, follow=True).content.decode()
    assert "1 mail is sent again." in told
    assert row(laundry, BERT).state == "queued"
    told = client.post(LIST, {**chosen, "action": "send_selected_again"}, follow=True).content.decode()
    assert "Nothing was changed" in told


def test_mails_are_found_by_state_and_by_the_beginning_of_an_address(staff_cast, laundry, sign_in):
    queue_for(laundry, ANNA, BERT, "anna_b@one.example", "joanna@one.example")
    become(laundry, BERT, DeliveryState.FAILED)
    client = sign_in(staff_cast.owner, laundry)

    def found(**query):
        return sorted(delivery.recipient for delivery in client.get(LIST, query).context["cl"].result_list)

    assert found(q="Anna") == [ANNA, "anna_b@one.example"]
    assert found(q="anna_") == ["anna_b@one.example"]
    assert found(state__exact="failed") == [BERT]
    assert found(q="one.example") == []


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({}, "delivery_created_at"),
        ({"state__exact": "failed"}, "delivery_by_state"),
        ({"q": "anna"}, "delivery_recipient_prefix"),
    ],
)
def test_the_list_rides_its_indexes(query, index, staff_cast, laundry, sign_in):
    queue_for(laundry, ANNA, *(f"person{number}@one.example" for number in range(1000)))
    client = sign_in(staff_cast.owner, laundry)
    with CaptureQueriesContext(connection) as captured:
        client.get(LIST, query)
    [sql] = [one["sql"] for one in captured if 'ORDER BY "notifications_delivery"' in one["sql"]]
    assert "html" not in sql
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notifications_delivery")
        for kind in ("seqscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{kind} = off")
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert index in plan, plan


def test_the_sidebar_says_how_many_did_not_arrive_and_viewers_see_no_outbox(staff_cast, laundry, sign_in):
    queue_for(laundry, ANNA, BERT)
    assert "not delivered" not in sign_in(staff_cast.owner, laundry).get("/admin/").content.decode()
    become(laundry, ANNA, DeliveryState.UNKNOWN)
    become(laundry, BERT, DeliveryState.FAILED)
    assert "2 not delivered" in sign_in(staff_cast.owner, laundry).get("/admin/").content.decode()
    assert "not delivered" not in sign_in(staff_cast.viewer, laundry).get("/admin/").content.decode()


def test_the_page_of_a_mail_lists_its_recipients(staff_cast, laundry, sign_in):
    [delivery, _] = queue_for(laundry, ANNA, BERT, topic=uuid.uuid4(), topic_name="Weekly")
    become(laundry, BERT, DeliveryState.FAILED, error="550 <i>no</i>")
    address = reverse("admin:notifications_mailmessage_change", args=[delivery.message_id])
    page = sign_in(staff_cast.analyst, laundry).get(address).content.decode()
    assert page.index(ANNA) < page.index(BERT)
    assert "550 &lt;i&gt;no&lt;/i&gt;" in page
    assert "unsubscribe" in page
