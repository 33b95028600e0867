"""The first page of an organization without figures: how facts come in, and how far the figures are once they did."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.access import Access
from apps.accounts.notation import notation_of
from apps.accounts.permissions import WRITES_FACTS
from apps.analytics.upkeep import Stage, read_stage, read_waiting, state_of_rollups
from apps.backoffice.dashboards.views import PART, member
from apps.backoffice.data.jobs import REFRESHES, shown_jobs
from apps.backoffice.data.views import part
from apps.core.jobs import open_jobs

_RELOAD = "X-Bellwether-Reload"


def once_there_are_figures(
    view: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Return a page of figures that leads to the first facts while there are none: one statement more."""

    @require_safe
    def page(request: HttpRequest) -> HttpResponseBase:
        stage = read_stage(member(request).organization.pk)
        if stage != Stage.READY:
            return show_first_run(request, stage)
        if PART in request.headers and "stage" in request.GET:
            return _outdated()
        return view(request)

    return page


def show_first_run(request: HttpRequest, stage: Stage) -> HttpResponseBase:
    """Lead to the first facts, or tell how far their figures are; the page itself asks again until it is outdated."""
    access = member(request)
    context = {"stage": stage, "organization": access.organization, **_context_of(request, access, stage)}
    if PART in request.headers:
        if request.GET.get("stage", stage) != stage:
            return _outdated()
        return part(request, render_to_string("backoffice/data/preparing.html", context, request))
    return TemplateResponse(
        request,
        "backoffice/data/first_run.html",
        {**admin.site.each_context(request), **context, "title": _("Welcome")},
    )


def _outdated() -> HttpResponse:
    # The page loads itself anew.
    response = HttpResponse(status=204)
    response[_RELOAD] = "1"
    return response


def _context_of(request: HttpRequest, access: Access, stage: Stage) -> dict[str, Any]:
    if stage == Stage.EMPTY:
        return {"may_write": access.may(WRITES_FACTS), "example": _example(request, access)}
    organization, now = access.organization, timezone.now()
    jobs = [job for job in open_jobs(organization.pk) if job.kind in REFRESHES]
    waiting, state = read_waiting(organization.pk), state_of_rollups()
    return {
        "jobs": shown_jobs(jobs[:1], notation_of(organization), now),
        "days_count": len(waiting.days),
        "days": notation_of(organization).number(len(waiting.days)),
        "everything": waiting.everything,
        "error": state.last_error if state else "",
    }


def _example(request: HttpRequest, access: Access) -> str:
    """Return commands that record one order as written, once a token stands in the first line."""
    order = {
        "external_id": "first-order",
        "number": "1001",
        "placed_at": timezone.now().replace(second=0, microsecond=0).isoformat(),
        "lines": [{"description": "Shirt", "quantity": 2, "unit_price": 12.5}],
    }
    return "\n".join(
        [
            "TOKEN='…'",
            f"curl {request.build_absolute_uri(reverse('order-list'))} \\",
            '  -H "Authorization: Bearer $TOKEN" \\',
            f"  -H 'X-Organization-ID: {access.organization.slug}' \\",
            "  -H 'Content-Type: application/json' \\",
            f"  -d '{json.dumps(order)}'",
        ]
    )
