"""What arrives: read back by an e-mail parser from what the server received."""

import hashlib
import os
import uuid

import pytest

from apps.notifications.addresses import InvalidSubject
from apps.notifications.models import MailMessage
from apps.notifications.sending import send_due
from tests.notifications.conftest import attach, queue_for, row, states

pytestmark = pytest.mark.django_db
ANNA = "anna@one.example"
SUBJECTS = [
    "Weekly revenue",
    "=?utf-8?b?SGVsbG8=?=",
    "😀 Отчёт",
    "每週營收報告:臺北一號店、臺北二號店與所有合作夥伴(二〇二六年第十一週)的完整摘要",
    "إيرادات الأسبوع",
    "Überaus " * 20,
    "plain " * 30,
    'Umsatz, Laden "A" <B>; 100 % =?',
]


@pytest.mark.parametrize("subject", SUBJECTS, ids=[f"subject-{n}" for n in range(len(SUBJECTS))])
def test_a_subject_arrives_as_it_was_written(subject, mail_server, laundry, mail_to, script):
    mail_to(ANNA, subject=subject)
    send_due(laundry.pk)
    [(_, content)] = script.received
    assert script.mail_to(ANNA)["Subject"] == subject.strip()
    head = content.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) < 400


def test_both_bodies_and_the_files_arrive_right(mail_server, laundry, mail_to, script, files, settings):
    settings.DEFAULT_FROM_EMAIL = "Wäscherei “Reports” <reports@bellwether.example>"
    pdf, sheet = os.urandom(300_001), b"figures"
    text = "Umsätze: € 1.200,00\n.\n..two dots\n" + "long " * 300 + "\n"
    mail_to(
        ANNA,
        text=text,
        html="<html><body><p>Umsätze: € 1.200,00</p>\n.\n</body></html>",
        attachments=(
            attach(laundry, "Umsätze 週報.pdf", pdf),
            attach(laundry, 'a"b\\c\r\nX: y.xlsx', sheet, "text/html; charset=x\r\nX: y"),
        ),
    )
    assert send_due(laundry.pk) == 1

    mail = script.mail_to(ANNA)
    assert mail.defects == []
    assert [part.defects for part in mail.walk()] == [[]] * len(list(mail.walk()))
    assert mail["From"].addresses[0].display_name == "Wäscherei “Reports”"
    assert mail["From"].addresses[0].addr_spec == "reports@bellwether.example"
    assert mail["To"] == ANNA
    assert mail["Auto-Submitted"] == "auto-generated"
    delivery = row(laundry, ANNA)
    assert mail["Date"].datetime == delivery.message.created_at.replace(microsecond=0)
    assert mail.get_body(("plain",)).get_content().splitlines() == text.splitlines()
    assert "<p>Umsätze: € 1.200,00</p>\n.\n" in mail.get_body(("html",)).get_content().replace("\r\n", "\n")
    found = {part.get_filename(): part for part in mail.iter_attachments()}
    assert list(found) == ["Umsätze 週報.pdf", "a'b-c X: y.xlsx"]
    assert hashlib.sha256(found["Umsätze 週報.pdf"].get_content()).digest() == hashlib.sha256(pdf).digest()
    assert found["a'b-c X: y.xlsx"].get_content() == sheet
    assert [part.get_content_type() for part in found.values()] == ["application/pdf", "application/octet-stream"]
    assert all(part["X"] is None for part in mail.walk())


def test_a_mail_without_html_or_files_is_plain_text(mail_server, laundry, mail_to, script):
    mail_to(ANNA, html="", text="Nothing to report.\n")
    send_due(laundry.pk)
    mail = script.mail_to(ANNA)
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == "Nothing to report.\n"
    assert mail["List-Unsubscribe"] is None


def test_each_recipient_is_told_how_to_unsubscribe_alone(mail_server, laundry, mail_to, script, client):
    mail_to(
        ANNA, "bert@two.example", topic=uuid.uuid4(), topic_name="Weekly <revenue>", html="<html><body>x</body></html>"
    )
    send_due(laundry.pk)
    addresses = set()
    for mail in script.mails():
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address = mail["List-Unsubscribe"].strip("<>")
        addresses.add(address)
        text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
        assert f"You receive “Weekly <revenue>” by e-mail.\r\nUnsubscribe: {address}" in text.replace(
            "\n", "\r\n"
        ).replace("\r\r", "\r")
        assert f'href="{address}"' in html
        assert "Weekly &lt;revenue&gt;" in html
        assert html.rstrip().endswith("</body></html>")
        assert address.startswith("https://bi.example.com/unsubscribe/")
        assert mail["To"] in client.get(address.removeprefix("https://bi.example.com")).content.decode()
    assert len(addresses) == 2


def test_a_subject_of_two_lines_is_refused_and_nothing_is_kept(laundry):
    with pytest.raises(InvalidSubject):
        queue_for(laundry, ANNA, subject="Report\nBcc: evil@x.example")
    assert states(laundry) == {}
    assert not MailMessage._base_manager.exists()


def test_a_file_that_is_gone_fails_its_mail_and_no_other(mail_server, laundry, mail_to, script, files, settings):
    gone = attach(laundry, "gone.pdf", b"x")
    (settings.FILES_DIR / laundry.pk.hex / gone.stored_name).unlink()
    mail_to(ANNA, attachments=(gone,))
    mail_to("bert@two.example")
    assert send_due(laundry.pk) == 1
    assert states(laundry) == {ANNA: "failed", "bert@two.example": "sent"}
    assert row(laundry, ANNA).error == "The attachment gone.pdf is not kept any more."


def test_attachments_above_the_limit_are_not_taken(laundry, files, settings):
    settings.MAIL_MAX_ATTACHMENTS_BYTES = 10
    with pytest.raises(ValueError, match="too large"):
        queue_for(laundry, ANNA, attachments=(attach(laundry, "a.pdf", b"x" * 6), attach(laundry, "b.pdf", b"x" * 5)))
    assert states(laundry) == {}
