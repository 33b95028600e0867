"""E-mail addresses and subjects as they may enter a mail: one line, one address, one spelling.

An address is stricter here than RFC 5321 is: quoted local parts, comments, routes and IP literals are refused, because
no recipient of ours has one and mail servers disagree about them.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64
LONGEST_DOMAIN = 253
LONGEST_SUBJECT = 200

_LOCAL_PART = re.compile(r"[a-z0-9_][a-z0-9_+&'=~#-]*(\.[a-z0-9_+&'=~#-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SEPARATORS = {"Zl", "Zp"}
_TURNERS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# Where the two standards of international names differ, the older one would name somebody else's domain.
_AMBIGUOUS = "ßς\u200c\u200d"


class InvalidAddress(ValueError):
    """What was given is not one address of one person; the message says why."""


class InvalidRecipient(InvalidAddress):
    """One of several addresses is none: which, counted from 0, and why."""

    def __init__(self, position: int, address: str, message: str) -> None:
        super().__init__(message)
        self.position = position
        self.address = address
        self.message = message


class InvalidSubject(ValueError):
    """A subject that cannot be one line of a mail; the message says why."""


def normalized_address(text: Any) -> str:
    """Return an address in its one spelling: lower case, the domain in ASCII (Punycode).

    Raises:
        InvalidAddress: it is none, or more than one.

    """
    address = text.strip(" ") if isinstance(text, str) else ""
    if not address:
        raise InvalidAddress(_("An e-mail address is missing."))
    if "," in address or ";" in address:
        raise InvalidAddress(_("These are several e-mail addresses: give each by itself."))
    if any(unicodedata.category(character)[0] in "CZ" for character in address):
        raise InvalidAddress(_("An e-mail address has no spaces, line breaks or invisible characters."))
    if set(address) & set('"()<>\\'):
        raise InvalidAddress(_("Give the bare e-mail address, without a name, quotes or brackets."))
    local_part, at, domain = address.lower().partition("@")
    if not at or not local_part or not domain or "@" in domain:
        raise InvalidAddress(_("An e-mail address looks like name@example.com."))
    if len(local_part) > LONGEST_LOCAL_PART:
        raise InvalidAddress(_("What stands before the @ has at most 64 characters."))
    if not _LOCAL_PART.fullmatch(local_part):
        raise InvalidAddress(_("What stands before the @ is made of letters a to z, digits and . _ - + only."))
    found = f"{local_part}@{_ascii_domain(domain)}"
    if len(found) > LONGEST_ADDRESS:
        raise InvalidAddress(_("An e-mail address has at most 254 characters."))
    return found


def normalized_recipients(addresses: Sequence[Any]) -> list[str]:
    """Return the addresses in their one spelling, in their order, each once.

    Raises:
        InvalidRecipient: one of them is none.

    """
    found: dict[str, None] = {}
    for position, address in enumerate(addresses):
        try:
            found[normalized_address(address)] = None
        except InvalidAddress as error:
            raise InvalidRecipient(position, str(address), error.args[0]) from None
    return list(found)


def normalized_subject(text: str) -> str:
    """Return a subject as one line; too long a one is cut.

    Raises:
        InvalidSubject: it is empty, or holds line breaks or other control characters.

    """
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text.replace("\t", " ")):
        raise InvalidSubject(_("A subject is one line, without control characters."))
    line = one_line(text)
    if not line:
        raise InvalidSubject(_("A subject is missing."))
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def one_line(text: str, longest: int | None = None) -> str:
    """Return a text that others wrote as one line that shows as it reads, at most so long."""
    kept = (
        " " if unicodedata.category(character) in {"Cc", "Cs", *_SEPARATORS} else character
        for character in text
        if character not in _TURNERS
    )
    return " ".join("".join(kept).split())[:longest]


def _ascii_domain(domain: str) -> str:
    wrong = InvalidAddress(_("“%(domain)s” is not a domain that mail can go to.") % {"domain": domain[:80]})
    if set(domain) & set(_AMBIGUOUS):
        raise InvalidAddress(_("Write this domain in its ASCII form, which begins with xn--."))
    try:
        found = unicodedata.normalize("NFC", domain).encode("idna").decode().lower()
        for label in found.split("."):
            if label.startswith("xn--"):
                label.encode().decode("idna")
    except UnicodeError:
        raise wrong from None
    labels = found.split(".")
    if len(found) > LONGEST_DOMAIN or len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)):
        raise wrong
    if not any(letter.isalpha() for letter in labels[-1]):
        raise wrong
    return found
