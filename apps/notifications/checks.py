"""System checks: what this installation mails with."""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

from apps.notifications.addresses import InvalidAddress, normalized_address
from apps.notifications.upkeep import LEAST_KEPT_DAYS


@register("mail")
def check_sender(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Return an error where mails would be from nobody."""
    try:
        normalized_address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    except InvalidAddress as error:
        return [
            Error(
                f"DEFAULT_FROM_EMAIL names no e-mail address: {error}",
                hint="Write it as Bellwether <reports@example.com>.",
                id="bellwether.E031",
            )
        ]
    return []


@register("mail")
def check_kept_days(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Return an error where mails would be forgotten while what they are about could be mailed again."""
    if settings.MAIL_KEPT_DAYS >= LEAST_KEPT_DAYS:
        return []
    return [
        Error(
            f"MAIL_KEPT_DAYS is {settings.MAIL_KEPT_DAYS}: nobody would know any more who was mailed a report already.",
            hint=f"Keep mails for {LEAST_KEPT_DAYS} days at least, as long as reports are kept; 400 is the default.",
            id="bellwether.E032",
        )
    ]


@register("mail")
def check_patience(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Return an error for each time to wait that no connection can have."""
    return [
        Error(f"{name} is {getattr(settings, name)}.", hint="Name seconds to wait, 1 at least.", id="bellwether.E033")
        for name in ("EMAIL_TIMEOUT", "EMAIL_ACCEPTANCE_TIMEOUT")
        if getattr(settings, name) < 1
    ]


@register(Tags.security, deploy=True)
def check_mail_server(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Return a warning where mails are kept and never leave."""
    if settings.EMAIL_HOST:
        return []
    return [
        Caution(
            "EMAIL_URL is not set: mails stay in the outbox, where the admin shows them, and reach nobody.",
            hint="Set EMAIL_URL=smtp+tls://user:password@host:587, with DEFAULT_FROM_EMAIL and SITE_URL.",
            id="bellwether.W030",
        )
    ]
