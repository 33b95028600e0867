"""Contact details, as those see them who may not see them whole."""

from collections.abc import Callable, Mapping

from apps.marketplace.models import Customer


def masked_email(email: str) -> str:
    """Return an address of which only the first letter is left."""
    return f"{email[0]}***@***" if email else ""


def masked_phone(phone: str) -> str:
    """Return a number of which only the last two digits are left."""
    return f"***{phone[-2:]}" if len(phone) > 4 else "***" if phone else ""


def masked_address(text: str) -> str:
    """Return a text; masked where it is an e-mail address, as many shops tell customers apart by it."""
    return masked_email(text) if "@" in text else text


def masked_external_id(customer: Customer) -> str | None:
    """Return the source's id as viewers see it."""
    return masked_address(customer.external_id) if customer.external_id else customer.external_id


# What of a customer tells how to reach them, wherever it is written.
CONTACT_MASKS: Mapping[str, Callable[[str], str]] = {
    "email": masked_email,
    "phone": masked_phone,
    "external_id": masked_address,
}
