"""The pages: a dashboard, its parts for a page that refreshes itself, and the data of a panel as a file."""

import datetime
import json
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl, quote

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from apps.accounts.access import Access
from apps.accounts.administration.requests import access_of, may
from apps.accounts.models import Role
from apps.accounts.notation import Notation
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.rest.presentation import Json
from apps.analytics.selectors import Stale
from apps.backoffice.dashboards.controls import Controls, read_controls
from apps.backoffice.dashboards.page import Answers, Page, ask_file, ask_page, shown_panels, shown_with
from apps.backoffice.dashboards.panels import ANSWER
from apps.core.database import was_cut_off
from apps.core.downloads import CONTENT_TYPES, as_download
from apps.core.rest.errors import ApiError
from apps.documents.csv import BYTE_ORDER_MARK, csv_lines
from apps.documents.tables import Table
from apps.documents.xlsx import write_workbook
from apps.marketplace.models import Partner
from apps.reports.wording import BASES, COMPARISONS, PRESETS, as_said_on

logger = logging.getLogger("bellwether.backoffice")

PART = "X-Bellwether-Part"  # a page that refreshes itself asks for its panels alone
FORMATS = ("csv", "xlsx")
_DAYS_NAMED = 3


def dashboard_view(page: Page) -> Callable[[HttpRequest], HttpResponseBase]:
    """Return the view of a dashboard."""

    @require_safe
    def view(request: HttpRequest) -> HttpResponseBase:
        return show_dashboard(request, page)

    return view


@require_safe
def partner_dashboard(request: HttpRequest, partner_id: uuid.UUID) -> HttpResponseBase:
    """Show how one partner does."""
    from apps.backoffice.dashboards.pages import PARTNER

    member(request)
    partner = Partner.objects.filter(pk=partner_id).first()
    if partner is None:
        raise Http404
    return show_dashboard(
        request,
        PARTNER,
        fixed={"partner": (str(partner.pk),)},
        title=partner.name,
        partner=partner,
        above={"title": _("Partners"), "href": reverse("admin:dashboard_partners")},
    )


def show_dashboard(
    request: HttpRequest, page: Page, *, fixed: Mapping[str, tuple[str, ...]] | None = None, **extra: Any
) -> HttpResponseBase:
    """Show a dashboard to a member; to its own refreshing only the panels, or 304 where nothing is new.

    `fixed` are the filters that the page itself is about, `extra` what its template needs besides.
    """
    access = member(request)
    controls = read_controls(request, access.organization, preset=page.preset, fixed=fixed)
    try:
        answers = ask_page(page, controls, access)
    except Exception as error:
        logger.exception("The page %s of organization %s could not be computed", page.key, access.organization.pk)
        return _failed(request, page, controls, error)
    is_part = PART in request.headers
    etag = _etag(answers, controls)
    if is_part and not answers.answer.is_stale and etag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponse = HttpResponse(status=304)
    else:
        context = {
            **page_context(page, controls),
            "panels": shown_panels(page, controls, answers),
            "as_said": said_of(answers.data.get("as_said"), controls),
            "freshness": freshness_of(answers, controls),
            "etag": etag,
            **extra,
        }
        if not is_part:
            context = {**admin.site.each_context(request), **context}
        name = "panels" if is_part else "dashboard"
        response = TemplateResponse(request, f"backoffice/dashboards/{name}.html", context)
    response["ETag"] = etag
    if answers.answer.as_of:
        response["X-As-Of"] = quote(controls.notation.instant(answers.answer.as_of))
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, [PART])
    return response


@require_safe
def dashboard_data(request: HttpRequest, page: str, panel: str, format_: str) -> HttpResponseBase:
    """Return what a panel shows as a file, CSV or XLSX, with the rows that the page leaves out and the total.

    Where there are more rows than a file holds, its name says how many it has of how many.
    """
    from apps.backoffice.dashboards.pages import ALL_PAGES

    access = member(request)
    found = ALL_PAGES.get(page)
    chosen = found.panel(panel) if found else None
    if found is None or chosen is None or format_ not in FORMATS:
        raise Http404
    controls = read_controls(request, access.organization, preset=found.preset)
    if refused := [*controls.problems.values(), *controls.errors]:
        # A page says so at its fields; a file would say something else than was asked for.
        return HttpResponseBadRequest("\n".join(map(str, refused)), content_type="text/plain; charset=utf-8")
    answers = ask_file(found, chosen, controls, access)
    shown = shown_with(chosen, found, controls, answers)
    if shown is None:
        raise Http404
    data, period = answers.data[panel][ANSWER], shown.period
    table = chosen.table(data, shown)
    left_out = chosen.left_out(data)
    held = len(list(table.rows))
    said = "".join(f"-as-said-{slugify(day.replace(':', '-'))}" for day in controls.said.values())
    cut = f"-first-{held}-of-{held + left_out}" if left_out else ""
    days = f"{period.first}-{period.last}{said}{cut}"
    name = f"{access.organization.slug}-{page}-{slugify(str(chosen.title))}-{days}.{format_}"
    return as_file(table, format_, name)


def as_file(table: Table, format_: str, name: str) -> HttpResponseBase:
    """Return a table as a download; the total is its last row."""
    if format_ == "xlsx":
        return as_download(FileResponse(write_workbook(table), content_type=CONTENT_TYPES[format_]), name)
    lines = _with_mark(csv_lines(_with_total(table)))
    return as_download(StreamingHttpResponse(lines, content_type=CONTENT_TYPES[format_]), name)


def member(request: HttpRequest) -> Access:
    """Return the access of someone who may see figures.

    Raises:
        PermissionDenied: the request has no organization.

    """
    access = access_of(request)
    if access is None or not may(request, Role.VIEWER):
        raise PermissionDenied
    return access


def said_of(said: Json | None, controls: Controls) -> Json | None:
    """Return of which instant of the past a page is, through which day it knows, and what it cannot, in words."""
    if said is None or controls.as_of is None:
        return None
    day = datetime.date.fromisoformat(str(said["known_through"]))
    return {
        "title": as_said_on(controls.as_of, controls.notation),
        "known_through": controls.notation.day(day),
        "unknown": [one["message"] for one in said["unknown"]],
        "without": controls.query(as_of=None),
    }


def page_context(page: Page, controls: Controls) -> Json:
    """Return what the head of a page needs: its title, the period, and the filters."""
    return {
        "title": page.title,
        "page": page,
        "controls": controls,
        "presets": PRESETS.items(),
        "comparisons": COMPARISONS.items(),
        "bases": BASES.items(),
        "period_days": controls.notation.days(controls.period.first, controls.period.last),
        "query_fields": parse_qsl(controls.query()[1:]),
        "chips": controls.chips(),
        "filters": [
            {
                "key": key,
                "label": DIMENSIONS[key].label,
                "choices": list(DIMENSIONS[key].choices.items()),
                "lookup": _autocomplete(key),
            }
            for key in page.filters
            if key not in controls.asked_filters
        ],
        "notation": json.dumps({"locale": controls.notation.locale_tag}),
    }


def freshness_of(answers: Answers, controls: Controls) -> Json:
    """Return how fresh the page is, in words."""
    answer = answers.answer
    return {
        "as_of": controls.notation.instant(answer.as_of) if answer.as_of else "",
        "iso": answer.as_of.isoformat() if answer.as_of else "",
        "stale": stale_in_words(answer.reason, answer.failing_days, answer.computed_at, controls.notation)
        if answer.reason
        else "",
    }


def stale_in_words(
    reason: Stale, failing_days: Sequence[datetime.date | None], computed_at: datetime.datetime, notation: Notation
) -> str:
    """Return why figures are not the newest there could be; of days that cannot be computed, three are named."""
    reasons = {
        Stale.RECOMPUTING: _("New figures are being computed; these are from %s."),
        Stale.FAILED: _("The newest figures could not be computed; these are from %s."),
        Stale.UNAVAILABLE: _("The database could not be reached; these figures are from %s."),
        Stale.TOO_LONG: _("The newest figures took too long to compute; these are from %s."),
        Stale.REFRESH_FAILING: _("Refreshing keeps failing, so newer facts are missing. Computed at %s."),
    }
    if reason in reasons:
        return reasons[reason] % notation.instant(computed_at)
    names = [notation.day(day) if day else _("the customers") for day in failing_days[:_DAYS_NAMED]]
    more = len(failing_days) - len(names)
    if more > 0:
        names.append(ngettext("%(days)s more day", "%(days)s more days", more) % {"days": notation.number(more)})
    return _("Cannot be computed at present, so newer facts are missing: %s.") % ", ".join(names)


def _etag(answers: Answers, controls: Controls) -> str:
    """Return what identifies the page: its answer, in the organization’s notation."""
    notation = controls.notation
    return f'{answers.etag[:-1]}-{notation.locale_tag}-{controls.preset}"'


def _failed(request: HttpRequest, page: Page, controls: Controls, error: Exception) -> HttpResponseBase:
    is_down = isinstance(error, OperationalError | InterfaceError)
    failed = "too_long" if was_cut_off(error) else "database" if is_down else "computing"
    context = {**admin.site.each_context(request), **page_context(page, controls), "failed": failed}
    status = error.status_code if isinstance(error, ApiError) else 503 if is_down else 500
    return TemplateResponse(request, "backoffice/dashboards/dashboard.html", context, status=status)


def _autocomplete(key: str) -> str:
    """Return where names of a dimension’s values are looked up."""
    if not DIMENSIONS[key].lookup:
        return ""
    app, _sep, model = DIMENSIONS[key].lookup.partition("_")
    field = {"partner": ("order", "partner"), "category": ("product", "category"), "customer": ("order", "customer")}
    return f"{reverse('admin:autocomplete')}?app_label={app}&model_name={field[model][0]}&field_name={field[model][1]}"


def _with_total(table: Table) -> Table:
    return table if table.total is None else replace(table, rows=chain(table.rows, [table.total]))


def _with_mark(lines: Iterator[str]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    yield from lines
