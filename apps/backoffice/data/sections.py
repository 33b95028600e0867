"""What the page about data shows, section by section, in the organization's notation."""

import datetime
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.access import Access
from apps.accounts.models import Role
from apps.accounts.notation import NOTHING, Notation, notation_of
from apps.accounts.permissions import WRITES_FACTS
from apps.analytics.models import AnalyticsState, FailingDay, Verification
from apps.analytics.restated import latest_restated
from apps.analytics.selectors import Freshness, read_freshness
from apps.analytics.upkeep import (
    LATE_AFTER,
    OrganizationUpkeep,
    Waiting,
    WaitingDay,
    failing_day_rows,
    latest_verifications,
    read_platform,
    read_waiting,
    state_of_rollups,
)
from apps.backoffice.data.jobs import REFRESHES, shown_jobs
from apps.backoffice.data.restated import shown_days
from apps.core.jobs import latest_jobs, open_jobs
from apps.imports.administration.presentation import STATUS_COLOURS, mapping_title
from apps.imports.models import ImportRun, ImportStatus
from apps.imports.selectors import latest_runs

_DAYS_SHOWN = 10
_REFRESHES_SHOWN = 8
_IMPORTS_SHOWN = 8
_VERIFICATIONS_SHOWN = 5
_REVISIONS_READ = 60
_RESTATED_SHOWN = 12


def sections_of(access: Access, *, is_platform: bool) -> dict[str, Any]:
    """Return everything that changes while the page is open: a fixed number of statements, whatever there is."""
    organization, now = access.organization, timezone.now()
    notation = notation_of(organization)
    running = open_jobs(organization.pk) + (open_jobs(None) if is_platform else [])
    restated = shown_days(latest_restated(_REVISIONS_READ), notation)
    waiting = read_waiting(organization.pk)
    verifications, freshness = latest_verifications(_VERIFICATIONS_SHOWN), read_freshness(organization.pk)
    failing = failing_day_rows() if freshness.failing_days else []
    return {
        "fresh": _fresh(freshness, state_of_rollups(), notation, now, has_failing=bool(failing)),
        "failing": [_failing(day, notation) for day in failing],
        "alarm": _alarm(verifications[0], notation) if verifications else None,
        "waiting": _waiting(waiting, notation, now),
        "may_recompute": access.may(WRITES_FACTS),
        "may_verify": access.may(Role.OWNER),
        "running": shown_jobs(running, notation, now),
        "refreshes": shown_jobs(latest_jobs(organization.pk, REFRESHES, _REFRESHES_SHOWN), notation, now),
        "imports": [_import(run, notation) for run in latest_runs(_IMPORTS_SHOWN)],
        "verifications": [_verification(one, notation) for one in verifications],
        "restated": restated[:_RESTATED_SHOWN],
        "organizations": [_organization(one, notation, now) for one in read_platform()] if is_platform else [],
        "is_platform": is_platform,
    }


def _fresh(
    freshness: Freshness,
    state: AnalyticsState | None,
    notation: Notation,
    now: datetime.datetime,
    *,
    has_failing: bool,
) -> dict[str, Any]:
    """Return how fresh the figures are, and whether refreshing fails; single days that fail are told by themselves."""
    as_of, published = freshness.as_of, freshness.published_through
    # The first attempt is counted while it runs.
    is_failing = state is not None and not has_failing and bool(state.last_error or state.failures > 1)
    return {
        "as_of": notation.instant(as_of) if as_of else "",
        "iso": as_of.isoformat() if as_of else "",
        "age": _age(as_of, now) if as_of else "",
        "published": notation.day(published) if published else "",
        "verified": notation.day(state.verified_on) if state and state.verified_on else "",
        "version": notation.number(freshness.data_version),
        "failures": state.failures if state and is_failing else 0,
        "error": (state.last_error or _("its process ended")) if state else "",
        "retry": notation.instant(state.retry_at) if state and state.retry_at else "",
    }


def _failing(day: FailingDay, notation: Notation) -> dict[str, str]:
    """Return a day that cannot be computed, with the fact that is to blame and the way to it."""
    fact = href = ""
    if day.fact_id:
        model = apps.get_model(day.fact_model)
        fact = str(model._meta.verbose_name)
        href = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[day.fact_id])
        if day.fact_column:
            fact = f"{fact}: {model._meta.get_field(day.fact_column).verbose_name}"
    return {
        "day": notation.day(day.date) if day.date else _("Customers"),
        "error": day.error,
        "fact": capfirst(fact),
        "href": href,
        "failures": notation.number(day.failures),
        "since": notation.instant(day.failing_since),
        "retry": notation.instant(day.retry_at),
    }


def _alarm(found: Verification, notation: Notation) -> dict[str, Any] | None:
    """Return what the last verification found; None where everything agreed."""
    if not (found.differences or found.imbalances or found.skipped_days):
        return None
    differed = ngettext(
        "%(count)s row differed from the facts", "%(count)s rows differed from the facts", found.differences
    )
    unbalanced = ngettext(
        "%(count)s sum of a day contradicted another, before any repair.",
        "%(count)s sums of days contradicted others, before any repair.",
        found.imbalances,
    )
    skipped = ngettext(
        "%(count)s day cannot be computed, so it was not verified.",
        "%(count)s days cannot be computed, so they were not verified.",
        found.skipped_days,
    )
    outcome = _("and was repaired.") if found.differences == 1 else _("and were repaired.")
    sentences = [
        (found.differences, f"{differed}, {outcome}" if found.repaired else f"{differed}."),
        (found.imbalances, unbalanced),
        (found.skipped_days, skipped),
    ]
    return {
        "href": reverse("admin:analytics_verification_change", args=[found.pk]),
        "at": notation.instant(found.started_at),
        "is_bad": bool(found.differences or found.imbalances),
        "sentences": [text % {"count": notation.number(count)} for count, text in sentences if count],
    }


def _waiting(waiting: Waiting, notation: Notation, now: datetime.datetime) -> dict[str, Any]:
    """Return the days that wait, and what the button that computes them says."""
    count = len(waiting.days)
    if waiting.everything:
        figure, button = _("Every day"), _("Recompute everything")
    elif count:
        figure = notation.number(count)
        button = ngettext("Recompute %(days)s day", "Recompute %(days)s days", count) % {"days": figure}
    elif waiting.customers:
        figure, button = _("Customers"), _("Recompute customers")
    else:
        figure, button = notation.number(0), ""
    return {
        "figure": figure,
        "button": button,
        "is_late": bool(waiting.since and now - waiting.since > LATE_AFTER),
        "age": timesince(waiting.since, now, depth=1) if waiting.since else "",
        "days": [_day(day, notation, now) for day in waiting.days[:_DAYS_SHOWN]],
        "more": max(0, count - _DAYS_SHOWN),
        "customers": waiting.customers,
    }


def _day(day: WaitingDay, notation: Notation, now: datetime.datetime) -> dict[str, str]:
    return {
        "date": notation.day(day.date),
        "facts": notation.number(day.facts) if day.facts else NOTHING,
        "age": timesince(day.since, now, depth=1),
        "since": notation.instant(day.since),
    }


def _import(run: ImportRun, notation: Notation) -> dict[str, str]:
    files = list(run.files.all())
    return {
        "title": mapping_title(run.mapping),
        "files": ", ".join(file.name for file in files[:2]) + (" …" if len(files) > 2 else ""),
        "href": reverse("admin:imports_importrun_change", args=[run.pk]),
        "state": STATUS_COLOURS[ImportStatus(run.status)],
        "state_label": str(ImportStatus(run.status).label),
        "read": notation.number(run.rows_read),
        "rejected": notation.number(run.rows_rejected),
        "at": notation.instant(run.created_at),
    }


def _verification(found: Verification, notation: Notation) -> dict[str, Any]:
    return {
        "href": reverse("admin:analytics_verification_change", args=[found.pk]),
        "at": notation.instant(found.started_at),
        "days": notation.days(found.first_date, found.last_date) if found.first_date and found.last_date else NOTHING,
        "rows": notation.number(found.rows_compared),
        "differences": notation.number(found.differences),
        "is_clean": not (found.differences or found.imbalances),
        "is_repaired": found.repaired,
        "skipped": notation.number(found.skipped_days) if found.skipped_days else "",
    }


def _organization(found: OrganizationUpkeep, notation: Notation, now: datetime.datetime) -> dict[str, Any]:
    """Return a row of the platform's table; instants are in the zone of the organization that the reader works for."""
    return {
        "id": str(found.id),
        "name": found.name,
        "age": _age(found.as_of, now) if found.as_of else _("no figures yet"),
        "as_of": notation.instant(found.as_of) if found.as_of else "",
        "published": notation.day(found.published_through) if found.published_through else NOTHING,
        "days": _("every day") if found.everything else notation.number(found.days),
        "waits": timesince(found.since, now, depth=1) if found.since else NOTHING,
        "is_late": bool(found.since and now - found.since > LATE_AFTER),
        "failures": found.failures,
        "error": found.last_error,
        "failed": found.failed,
        "verified": notation.day(found.verified_on) if found.verified_on else NOTHING,
    }


def _age(instant: datetime.datetime, now: datetime.datetime) -> str:
    """Return how long ago an instant was, in the reader's words."""
    if now - instant < datetime.timedelta(minutes=1):
        return _("up to the minute")
    return _("%s ago") % timesince(instant, now, depth=1)
