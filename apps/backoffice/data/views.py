"""The page about the data behind the figures, and what can be asked of it."""

import hashlib
import logging
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import Access
from apps.accounts.administration.requests import is_platform_request
from apps.accounts.models import Role
from apps.accounts.notation import notation_of
from apps.accounts.permissions import WRITES_FACTS
from apps.analytics.refresh import Refreshed
from apps.analytics.services import hand_over_refresh, recompute_waiting, request_verification
from apps.analytics.upkeep import read_waiting
from apps.backoffice.dashboards.views import PART, member
from apps.backoffice.data.sections import sections_of
from apps.core.models import JobTrigger

logger = logging.getLogger("bellwether.backoffice")

# As many days as are computed while a person waits; more are a worker's.
DAYS_AT_ONCE = 14


@require_safe
def data(request: HttpRequest) -> HttpResponseBase:
    """Show how fresh the figures are, what runs, and what changed; to its own refreshing only what may move."""
    access = member(request)
    sections = sections_of(access, is_platform=is_platform_request(request))
    sections["organization"] = access.organization
    if PART in request.headers:
        return part(request, render_to_string("backoffice/data/parts.html", sections, request))
    context = {**admin.site.each_context(request), **sections, "title": _("Data")}
    return TemplateResponse(request, "backoffice/data/data.html", context)


@require_POST
def recompute(request: HttpRequest) -> HttpResponseBase:
    """Compute what waits: few days at once, many by a worker; say what was done."""
    access = _asking(request, WRITES_FACTS)
    waiting = read_waiting(access.organization.pk)
    if not waiting:
        messages.info(request, _("Nothing waits: the figures have every fact."))
    elif waiting.everything or waiting.customers or len(waiting.days) > DAYS_AT_ONCE:
        hand_over_refresh(organization_id=access.organization.pk, trigger=JobTrigger.ADMIN)
        messages.success(request, _("A worker recomputes it; how far it is stands under “Running now”."))
    else:
        _recompute_at_once(request, access)
    return _back()


@require_POST
def verify(request: HttpRequest) -> HttpResponseBase:
    """Have all figures compared with the facts."""
    access = _asking(request, Role.OWNER)
    job = request_verification(organization_id=access.organization.pk, trigger=JobTrigger.ADMIN)
    if job is None:
        messages.info(request, _("A verification is under way already."))
    else:
        messages.success(
            request, _("A worker compares every figure with the facts; what differs is repaired and listed.")
        )
    return _back()


def part(request: HttpRequest, body: str) -> HttpResponse:
    """Return a part of a page to the page itself: 304 where it is what the page shows already."""
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    is_known = etag in parse_etags(request.headers.get("If-None-Match", ""))
    response = HttpResponse(status=304) if is_known else HttpResponse(body)
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, [PART])
    return response


def _asking(request: HttpRequest, role: Role) -> Access:
    """Return the access of somebody who may ask for this.

    Raises:
        PermissionDenied: the role is not enough, or the page was opened for another organization.

    """
    access = member(request)
    if not access.may(role) or request.POST.get("_organization") not in {None, str(access.organization.pk)}:
        raise PermissionDenied
    return access


def _recompute_at_once(request: HttpRequest, access: Access) -> None:
    try:
        done = recompute_waiting(organization_id=access.organization.pk, trigger=JobTrigger.ADMIN)
    except Exception:
        logger.exception("The figures of organization %s could not be recomputed", access.organization.pk)
        messages.error(
            request, _("It could not be recomputed; the figures are as they were. The log says what happened.")
        )
        return
    if done.busy:
        messages.info(request, _("A refresh is at work on these days already."))
    else:
        messages.success(request, _told(done, access))


def _told(done: Refreshed, access: Access) -> str:
    notation = notation_of(access.organization)
    count: dict[str, Any] = {"days": notation.number(done.days), "rows": notation.number(done.rows)}
    text = ngettext(
        "Recomputed %(days)s day: %(rows)s rows written.", "Recomputed %(days)s days: %(rows)s rows written.", done.days
    )
    if not done.revisions:
        return text % count
    changed = ngettext("%(changed)s published row changed.", "%(changed)s published rows changed.", done.revisions) % {
        "changed": notation.number(done.revisions)
    }
    return f"{text % count} {changed}"


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:data"))
