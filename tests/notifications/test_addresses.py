"""Addresses and subjects: what is none is refused, and what is one has one spelling."""

import json
from pathlib import Path

import pytest

from apps.notifications.addresses import (
    InvalidAddress,
    InvalidRecipient,
    InvalidSubject,
    normalized_address,
    normalized_recipients,
    normalized_subject,
    one_line,
)

REFUSED = [
    "", " ", None, 7, ["a@b.example"], "a@b.example\nBcc: evil@x.example", "a@b.example\r", "\ta@b.example",
    "a@b.example\u2028Bcc: e@x", "a@b.example, evil@x.example", "a@b.example;evil@x.example", '"a b"@b.example',
    '"a\r\nBcc: e@x"@b.example', "Anna <a@b.example>", "a(comment)@b.example", "a\\@b.example", "a@b@c.example",
    "a@[127.0.0.1]", "a@127.0.0.1", "a@localhost", "a@example", "@b.example", "a@", "a.example",
    "a" * 65 + "@b.example", "a@" + "b" * 64 + ".example", "a@" + ".".join(["b" * 60] * 5), "|/bin/sh@b.example",
    "-oQ/tmp@b.example", "a%c@b.example", "a!c@b.example", "a/b@c.example", "user@xn--nxasmq6b", ".a@b.example",
    "a.@b.example", "a..b@c.example", "a@.b.example", "a@b..example", "a@b.example.", "a@-b.example", "a@b-.example",
    "a@b_c.example", "a@xn--a.example", "ä@b.example", "a\u200b@b.example", "a@b\u200b.example", "a@straße.example",
    "a\u202e@b.example", "a\x00@b.example", "a b@c.example",
]  # fmt: skip
SPELLED = {
    "Anna.Muster+Reports@Example.COM": "anna.muster+reports@example.com",
    " o'neil_jr@b-c.example ": "o'neil_jr@b-c.example",
    "a@BÜCHER.example": "a@xn--bcher-kva.example",
    "a@bu\u0308cher.example": "a@xn--bcher-kva.example",
    "a@xn--bcher-kva.example": "a@xn--bcher-kva.example",
    "a@日本。例え.jp": "a@xn--wgv71a.xn--r8jz45g.jp",
    "a" * 64 + "@b.example": "a" * 64 + "@b.example",
}


@pytest.mark.parametrize("address", REFUSED, ids=[f"refused-{number}" for number in range(len(REFUSED))])
def test_what_is_no_single_address_is_refused_with_a_sentence(address):
    with pytest.raises(InvalidAddress) as refused:
        normalized_address(address)
    assert str(refused.value).isprintable()
    assert str(refused.value)[-1] == "."


@pytest.mark.parametrize(("given", "spelled"), SPELLED.items(), ids=[f"spelled-{n}" for n in range(len(SPELLED))])
def test_an_address_has_one_spelling(given, spelled):
    assert normalized_address(given) == spelled
    assert normalized_address(spelled) == spelled


def test_every_spelling_of_an_address_is_sent_to_once_in_the_order_given():
    given = ["b@x.example", "A@BÜCHER.example", "B@X.example", "a@xn--bcher-kva.example"]
    assert normalized_recipients(given) == ["b@x.example", "a@xn--bcher-kva.example"]


def test_of_several_addresses_the_wrong_one_is_named():
    with pytest.raises(InvalidRecipient) as refused:
        normalized_recipients(["a@b.example", "a@localhost"])
    assert (refused.value.position, refused.value.address) == (1, "a@localhost")
    assert refused.value.message == str(refused.value) == "“localhost” is not a domain that mail can go to."


def entries(folder: Path, kind: str):
    return json.loads((folder / "security" / "bad_inputs.json").read_text())[kind]


def test_hostile_recipients_are_refused(reference_data):
    for entry in entries(reference_data, "email_recipients"):
        with pytest.raises(InvalidAddress):
            normalized_address(entry["value"])


def test_hostile_subjects_get_what_they_should(reference_data):
    found = {}
    for entry in entries(reference_data, "email_subjects"):
        try:
            found[entry["id"]] = normalized_subject(entry["value"])
        except InvalidSubject:
            found[entry["id"]] = None
    assert found == {"ES1": None, "ES3": "Report x", "ES6": "=?utf-8?b?SGVsbG8=?=", "ES7": "😀 Отчёт"}


@pytest.mark.parametrize("subject", ["", " \u2028", "a\rb", "a\nb", "a\x00b", "a\x1b[31m", "a\x85b", "a\ud800"])
def test_a_subject_that_is_no_line_is_refused(subject):
    with pytest.raises(InvalidSubject):
        normalized_subject(subject)


def test_a_long_subject_is_cut_and_one_that_turns_the_reading_direction_is_turned_back():
    assert normalized_subject("x" * 300) == "x" * 199 + "…"
    assert normalized_subject("Report \u202egpj.exe") == "Report gpj.exe"
    assert one_line("a\r\nb\tc\x00d\u2029e", 7) == "a b c d"
