"""Mails in the admin: what left, what did not, and each mail as it looks. They tell figures, so viewers see none."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.administration import BusinessDaysFilter, KnownChoiceFilter, TenantRecordAdmin, access_of
from apps.accounts.administration.requests import may
from apps.accounts.models import Role
from apps.accounts.permissions import SEES_CONTACT_DETAILS
from apps.notifications.administration import views
from apps.notifications.administration.presentation import STATE_COLOURS, state_label
from apps.notifications.models import Delivery, MailMessage

SENT_WITH = _("Scheduled reports are mailed. Each recipient’s mail is listed here, with what became of it.")


class _MailAdmin(TenantRecordAdmin):
    # A mail may tell how customers can be reached, as its recipients may see it.
    view_role = SEES_CONTACT_DETAILS
    empty_text = SENT_WITH


@admin.register(Delivery)
class DeliveryAdmin(_MailAdmin):
    """Mails by recipient, the newest first; analysts decide about those that failed or may not have arrived."""

    list_display = ("recipient", "shown_subject", "state_label", "attempts", "created_at", "sent_at")
    list_select_related = ("message",)
    list_filter = (("state", KnownChoiceFilter), ("created_at", BusinessDaysFilter))
    search_fields = ("recipient__istartswith",)
    search_help_text = _("The beginning of the recipient’s address")
    sortable_fields: ClassVar[tuple[str, ...]] = ("created_at",)
    ordering = ("-created_at", "-id")
    actions = ("send_selected_again", "mark_selected_as_sent", "export_selected")
    export_columns = (
        "recipient", "message__subject", "state", "transport", "attempts", "created_at", "sent_at", "error", "reply",
        "internet_message_id",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        """Put the decisions before the pages that every model has."""
        decision = self.own_page(views.decide)
        pages = [
            path(
                "<uuid:delivery_id>/send-again/",
                decision,
                {"decision": "send-again"},
                name="notifications_delivery_send_again",
            ),
            path(
                "<uuid:delivery_id>/mark-as-sent/",
                decision,
                {"decision": "mark-as-sent"},
                name="notifications_delivery_mark_as_sent",
            ),
        ]
        return [*pages, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show what became of one mail."""
        return views.show_delivery(self, request, object_id)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Delivery]":
        """Return the deliveries without the mails' bodies."""
        rows: models.QuerySet[Delivery] = super().get_queryset(request)
        return rows.defer("message__text", "message__html", "message__attachments")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Let those decide who may change facts."""
        return may(request, Role.ANALYST)

    @admin.action(description=_("Send again what failed or is unknown"), permissions=["decide"])
    def send_selected_again(self, request: HttpRequest, queryset: "models.QuerySet[Delivery]") -> None:
        """Send the selected mails again that need it."""
        self._decide(request, queryset, "send-again")

    @admin.action(description=_("Mark what is unknown as sent"), permissions=["decide"])
    def mark_selected_as_sent(self, request: HttpRequest, queryset: "models.QuerySet[Delivery]") -> None:
        """Let the selected unknown mails count as sent."""
        self._decide(request, queryset, "mark-as-sent")

    def _decide(self, request: HttpRequest, queryset: "models.QuerySet[Delivery]", decision: str) -> None:
        access = access_of(request)
        if access is not None:
            views.carry_out(request, access, decision, list(queryset.values_list("pk", flat=True)))

    @display(description=_("Subject"))
    def shown_subject(self, delivery: Delivery) -> str:
        """Return the mail's subject."""
        return delivery.message.subject

    @display(description=_("State"), label=STATE_COLOURS)
    def state_label(self, delivery: Delivery) -> str:
        """Return what became of it, for a badge."""
        return state_label(delivery)


@admin.register(MailMessage)
class MailMessageAdmin(_MailAdmin):
    """Mails, whoever got them, the newest first."""

    list_display = ("subject", "topic_name", "created_at")
    list_filter = (("created_at", BusinessDaysFilter),)
    sortable_fields: ClassVar[tuple[str, ...]] = ("created_at",)
    ordering = ("-created_at", "-id")
    actions = ()

    def get_urls(self) -> list[URLPattern]:
        """Put the attached files before the pages that every model has."""
        file = path(
            "<uuid:mail_id>/attachments/<int:position>/",
            self.own_page(views.attachment),
            name="notifications_mailmessage_attachment",
        )
        return [file, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show one mail."""
        return views.show_mail(self, request, object_id)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[MailMessage]":
        """Return the mails without their bodies."""
        rows: models.QuerySet[MailMessage] = super().get_queryset(request)
        return rows.defer("text", "html", "attachments")
