"""Contact details, as those see them who may not see them whole."""

from apps.marketplace.models import Customer


def masked_email(email: str) -> str:
    """Return an address of which only the first letter is left."""
    return f"{email[0]}***@***" if email else ""


def masked_phone(phone: str) -> str:
    """Return a number of which only the last two digits are left."""
    return f"***{phone[-2:]}" if len(phone) > 4 else "***" if phone else ""


def masked_external_id(customer: Customer) -> str | None:
    """Return the source's id; masked where it is an e-mail address, as many shops tell customers apart by it."""
    external_id = customer.external_id
    return masked_email(external_id) if external_id and "@" in external_id else external_id
