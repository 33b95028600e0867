"""Mails, what became of each recipient's, and who wants no more of them."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Role
from apps.core.constraints import TenantReference, tenant_key, tenant_leaf
from apps.core.fields import TenantForeignKey
from apps.core.models import TenantModel


class MailMessage(TenantModel):
    """One mail, whoever gets it: a run of a report has one for each audience.

    `attachments` are stored files, as objects of name, content_type, stored_name and size. Recipients may stop the
    mails of a `topic`, such as a schedule. Who is to get it must have `least_role` in the organization when it leaves.
    """

    source = models.UUIDField(_("source"), help_text=_("What the mail is about, such as a run of a report."))
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("plain text"))
    html = models.TextField(_("HTML"), blank=True)
    attachments = models.JSONField(_("attachments"), default=list)
    topic = models.UUIDField(_("topic"), null=True, blank=True)
    topic_name = models.CharField(_("topic’s name"), max_length=200, blank=True)
    least_role = models.CharField(_("least role"), max_length=10, choices=Role.choices, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ("-created_at", "-id")
        constraints = [
            *tenant_key("mail_message"),
            models.UniqueConstraint(fields=["organization", "source", "digest"], name="mail_message_once"),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="mail_message_created_at"),
            models.Index(fields=["organization", "topic", "-created_at"], name="mail_message_topic"),
        ]

    def __str__(self) -> str:
        return self.subject


class DeliveryState(models.TextChoices):
    """What became of a mail. Nobody knows of an `unknown` one whether it arrived, so it is not sent again by itself."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown")
    SUPPRESSED = "suppressed", _("Unsubscribed")


class Transport(models.TextChoices):
    """Which way a mail went."""

    SMTP = "smtp", _("Mail server")
    OUTBOX = "outbox", _("Outbox")


class Delivery(TenantModel):
    """One mail to one recipient. A source reaches nobody twice.

    A worker claims the row before it talks to the mail server (`claimed_at`), and writes down that it is about to hand
    the mail over (`handed_over_at`): what it leaves behind when it dies tells whether the mail may have arrived.
    """

    message = TenantForeignKey(
        MailMessage, verbose_name=_("mail"), on_delete=models.CASCADE, related_name="deliveries", editable=False
    )
    source = models.UUIDField(_("source"), editable=False)
    recipient = models.CharField(_("recipient"), max_length=254)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    handed_over_at = models.DateTimeField(_("handed over at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    transport = models.CharField(_("by"), max_length=10, choices=Transport.choices, blank=True)
    error = models.TextField(_("what went wrong"), blank=True)
    reply = models.CharField(_("the mail server’s answer"), max_length=500, blank=True)
    internet_message_id = models.CharField(_("Message-ID"), max_length=320)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("-created_at", "-id")
        constraints = [
            tenant_leaf("delivery"),
            TenantReference(field="message", name="delivery_message_ref"),
            models.UniqueConstraint(fields=["organization", "source", "recipient"], name="delivery_once"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state"),
            models.CheckConstraint(condition=Q(transport__in=[*Transport.values, ""]), name="delivery_transport"),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.QUEUED, next_attempt_at__isnull=False)
                | ~Q(state=DeliveryState.QUEUED) & Q(next_attempt_at__isnull=True),
                name="delivery_next_attempt_at",
            ),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.SENDING) | Q(claimed_at__isnull=False), name="delivery_claimed_at"
            ),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.SENT) | Q(sent_at__isnull=False) & ~Q(transport=""),
                name="delivery_sent_at",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="delivery_created_at"),
            models.Index(fields=["organization", "state", "-created_at"], name="delivery_by_state"),
            models.Index(fields=["organization", "message"], name="delivery_message"),
            models.Index(
                F("organization"),
                OpClass(Upper("recipient"), name="text_pattern_ops"),
                name="delivery_recipient_prefix",
            ),
            # Few at any time: what is due is found without an organization.
            models.Index(
                fields=["organization", "next_attempt_at", "claimed_at"],
                condition=Q(state__in=[DeliveryState.QUEUED, DeliveryState.SENDING]),
                name="delivery_open",
            ),
        ]

    def __str__(self) -> str:
        return self.recipient

    @property
    def is_undecided(self) -> bool:
        """Whether somebody has to decide what is to become of it."""
        return self.state in UNDELIVERED_STATES


UNDELIVERED_STATES: tuple[str, ...] = (DeliveryState.FAILED, DeliveryState.UNKNOWN)
# When one of these ended is the latest of created_at, claimed_at and sent_at.
ENDED_STATES: tuple[str, ...] = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SUPPRESSED)


class Unsubscription(TenantModel):
    """An address that gets no more mails of a topic."""

    topic = models.UUIDField(_("topic"))
    address = models.CharField(_("e-mail address"), max_length=254)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("unsubscription")
        verbose_name_plural = _("unsubscriptions")
        ordering: ClassVar[tuple[str, ...]] = ("-created_at", "-id")
        constraints = [
            tenant_leaf("unsubscription"),
            models.UniqueConstraint(fields=["organization", "topic", "address"], name="unsubscription_once"),
        ]

    def __str__(self) -> str:
        return self.address
