"""The page of a delivery and of a mail, the files attached to it, and the decisions about what did not arrive."""

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.access import Access
from apps.accounts.administration import required_access
from apps.accounts.notation import current_notation
from apps.core.downloads import as_download
from apps.core.files import open_stored
from apps.notifications.addresses import is_address
from apps.notifications.administration.presentation import (
    attachments_of,
    preview_of,
    state_colour,
    state_label,
    story_of,
)
from apps.notifications.mail import Attachment
from apps.notifications.models import DeliveryState, MailMessage
from apps.notifications.selectors import delivery_of, mail_of
from apps.notifications.services import mark_as_sent, send_again

if TYPE_CHECKING:
    from apps.notifications.admin import DeliveryAdmin, MailMessageAdmin

MOST_DELIVERIES_SHOWN = 200


def show_delivery(page: "DeliveryAdmin", request: HttpRequest, object_id: str) -> HttpResponse:
    """Show what became of a mail for one recipient, and the mail."""
    delivery = _shown(page, request, object_id, delivery_of)
    if delivery is None:
        return _not_there(request)
    may_decide = delivery.is_undecided and page.has_decide_permission(request)
    context = {
        **_context(page, request, delivery.message),
        "title": delivery.recipient,
        "delivery": delivery,
        "state_label": state_label(delivery),
        "state_colour": state_colour(delivery),
        "story": story_of(delivery),
        "may_send_again": may_decide and is_address(delivery.recipient),
        "may_mark_as_sent": may_decide and delivery.state == DeliveryState.UNKNOWN,
    }
    return _answer(request, "notifications/delivery.html", context)


def show_mail(page: "MailMessageAdmin", request: HttpRequest, object_id: str) -> HttpResponse:
    """Show a mail and what became of it for each recipient."""
    message = _shown(page, request, object_id, mail_of)
    if message is None:
        return _not_there(request)
    rows = list(message.deliveries.order_by("recipient")[: MOST_DELIVERIES_SHOWN + 1])
    context = {
        **_context(page, request, message),
        "title": message.subject,
        "deliveries": [(row, state_label(row), state_colour(row)) for row in rows[:MOST_DELIVERIES_SHOWN]],
        "has_more": len(rows) > MOST_DELIVERIES_SHOWN,
    }
    return _answer(request, "notifications/mail.html", context)


def attachment(page: "MailMessageAdmin", request: HttpRequest, mail_id: uuid.UUID, position: int) -> HttpResponseBase:
    """Give a file that is attached to a mail, to be saved and never to be shown in place."""
    access = required_access(request)
    if not page.has_view_permission(request):
        raise PermissionDenied
    message = mail_of(mail_id)
    if message is None or position >= len(message.attachments):
        raise Http404
    attached = Attachment.from_json(message.attachments[position])
    try:
        file = open_stored(access.organization.pk, attached.stored_name)
    except FileNotFoundError:
        messages.warning(request, _("%(name)s is not kept any more.") % {"name": attached.name})
        return HttpResponseRedirect(reverse("admin:notifications_mailmessage_change", args=[mail_id]))
    return as_download(FileResponse(file, content_type="application/octet-stream"), attached.name)


def decide(page: "DeliveryAdmin", request: HttpRequest, delivery_id: uuid.UUID, decision: str) -> HttpResponse:
    """Send one mail again, or mark it as sent."""
    access = required_access(request)
    if request.method != "POST":
        raise Http404
    if not page.has_decide_permission(request):
        raise PermissionDenied
    if delivery_of(delivery_id) is None:
        raise Http404
    carry_out(request, access, decision, [delivery_id])
    return HttpResponseRedirect(reverse("admin:notifications_delivery_change", args=[delivery_id]))


def carry_out(request: HttpRequest, access: Access, decision: str, delivery_ids: list[uuid.UUID]) -> None:
    """Decide about mails, and say what came of it."""
    if decision == "send-again":
        count = send_again(delivery_ids, decided_by=access.user)
        told = ngettext("%(count)s mail is sent again.", "%(count)s mails are sent again.", count)
    else:
        count = mark_as_sent(delivery_ids, decided_by=access.user)
        told = ngettext("%(count)s mail is marked as sent.", "%(count)s mails are marked as sent.", count)
    if count:
        messages.success(request, told % {"count": current_notation().number(count)})
    else:
        messages.warning(request, _("Nothing was changed: none of these waits for such a decision any more."))


def _shown(page: Any, request: HttpRequest, object_id: str, find: Callable[[uuid.UUID], Any]) -> Any:
    required_access(request)
    if request.method not in {"GET", "HEAD"} or not page.has_view_permission(request):
        raise PermissionDenied
    try:
        return find(uuid.UUID(object_id))
    except ValueError:
        return None


def _context(page: Any, request: HttpRequest, message: MailMessage) -> dict[str, Any]:
    return {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "media": page.media,
        "mail": message,
        "sender": settings.DEFAULT_FROM_EMAIL,
        "preview": preview_of(message),
        "attachments": attachments_of(message),
    }


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = TemplateResponse(request, template, context)
    add_never_cache_headers(response)
    return response


def _not_there(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("This mail is not there."))
    return HttpResponseRedirect(reverse("admin:index"))
