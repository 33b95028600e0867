"""What is known about the rollups, in the admin: what was said before, and whether it agreed with the facts."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from apps.accounts.administration import BusinessDaysFilter, TenantRecordAdmin
from apps.accounts.administration.figures import linked, list_of, number, page_of, whole
from apps.accounts.notation import NOTHING
from apps.analytics.models import DailyRevenueSummary, PartnerPerformanceMetric, Revision, Verification
from apps.analytics.rollups import ROLLUPS
from apps.marketplace.models import Partner

MOST_CHANGES_LISTED = 2
REVISED: Mapping[str, tuple[str | Promise, Any]] = {
    "daily_revenue": (_("Daily revenue"), DailyRevenueSummary),
    "partner_performance": (_("Partner performance"), PartnerPerformanceMetric),
}
_UNLISTED = tuple(rollup.name for rollup in ROLLUPS if rollup.name not in REVISED)


class RollupFilter(DropdownFilter):
    """Which figures were revised."""

    title = _("figures")
    parameter_name = "figures"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str | Promise]]:
        """Return the rollups whose published days are kept."""
        return [(name, title) for name, (title, _model) in REVISED.items()]

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Keep the revisions of the chosen one."""
        return queryset.filter(rollup=self.value()) if self.value() in REVISED else queryset


@admin.register(Revision)
class RevisionAdmin(TenantRecordAdmin):
    """What published days said, and say: the newest change first."""

    list_display = ("revised_at", "shown_rollup", "shown_subject", "date", "changed", "facts_changed")
    list_filter = (RollupFilter, ("revised_at", BusinessDaysFilter))
    ordering = ("-revised_at", "id")
    empty_text = _("Nothing that was published has changed.")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("shown_rollup", "shown_subject"),
                    ("date", "shown_row"),
                    ("revised_at", "facts_changed"),
                    ("is_repair", "right_until"),
                )
            },
        ),
        (_("What changed"), {"fields": ("all_changes",)}),
        (_("Record"), {"fields": ("row_id", "old", "new"), "classes": ("collapse",)}),
    )
    readonly_fields = ("shown_rollup", "shown_subject", "shown_row", "all_changes")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Revision]":
        """Return the revisions of days and partners: in a list, those of products, hours or customers drown them."""
        revisions: models.QuerySet[Revision] = super().get_queryset(request)
        return revisions if _is_page(request) else revisions.exclude(rollup__in=_UNLISTED)

    def prepare_rows(self, revisions: list[Revision]) -> None:
        """Find the partners of a page's rows at once."""
        wanted = {str(key) for revision in revisions if (key := _partner_of(revision))}
        names = {str(partner.pk): partner for partner in Partner.objects.filter(pk__in=wanted)} if wanted else {}
        for revision in revisions:
            revision.__dict__["partner"] = names.get(str(_partner_of(revision)))

    @display(description=_("Figures"))
    def shown_rollup(self, revision: Revision) -> str:
        """Return their name in words."""
        return str(REVISED[revision.rollup][0]) if revision.rollup in REVISED else revision.rollup.replace("_", " ")

    @display(description=_("Partner"))
    def shown_subject(self, revision: Revision) -> SafeString | str:
        """Return whose figures they are, where they are a partner's."""
        if "partner_id" not in (revision.new or revision.old or {}):
            return NOTHING
        if _partner_of(revision) is None:
            return _now("No partner")
        if "partner" not in revision.__dict__:
            self.prepare_rows([revision])
        partner = revision.__dict__["partner"]
        return linked(partner, page_of(partner)) if partner else _now("A partner who was deleted")

    @display(description=_("The day now"))
    def shown_row(self, revision: Revision) -> SafeString | str:
        """Return the way to what is said now."""
        model = REVISED.get(revision.rollup, (None, None))[1]
        if model is None or revision.new is None:
            return NOTHING
        partner = _partner_of(revision)
        of_partner = {"partner__id__exact": partner} if partner else {}
        return linked(
            date_format(revision.date), list_of(model, date_from=revision.date, date_to=revision.date, **of_partner)
        )

    @display(description=_("Changes"))
    def changed(self, revision: Revision) -> str:
        """Return the first columns that differ, with what they said and say, and how many more there are."""
        changes = list(_changes(revision))
        more = len(changes) - MOST_CHANGES_LISTED
        told = "; ".join(changes[:MOST_CHANGES_LISTED])
        if more < 1:
            return told
        return told + ngettext("; %(count)s more", "; %(count)s more", more) % {"count": more}

    @display(description=_("Said and says"))
    def all_changes(self, revision: Revision) -> SafeString:
        """Return every column that differs, with what it said and says."""
        lines = [format_html("{}<br>", change) for change in _changes(revision)]
        return format_html("{}" * len(lines), *lines)


@admin.register(Verification)
class VerificationAdmin(TenantRecordAdmin):
    """Comparisons with the facts, the newest first."""

    list_display = (
        "started_at",
        "rows_compared",
        "differences",
        "imbalances",
        "skipped_days",
        "repaired",
        "finished_at",
    )
    ordering = ("-started_at", "-id")
    empty_text = _("Every night the rollups are compared with the facts.")
    fieldsets = (
        (None, {"fields": (("started_at", "finished_at"), ("first_date", "last_date"), "rows_compared")}),
        (_("Against the facts"), {"fields": (("differences", "repaired"), "skipped_days", "details")}),
        (_("Rollups against each other"), {"fields": ("imbalances", "imbalance_details")}),
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Verification]":
        """Return the comparisons without what only their own page shows."""
        found: models.QuerySet[Verification] = super().get_queryset(request)
        return found if _is_page(request) else found.defer("details", "imbalance_details")


def _is_page(request: HttpRequest) -> bool:
    """Whether one row is asked for, not a list."""
    return request.resolver_match is not None and "object_id" in request.resolver_match.kwargs


def _partner_of(revision: Revision) -> Any:
    return (revision.new or revision.old or {}).get("partner_id")


def _changes(revision: Revision) -> Iterator[str]:
    if revision.old is None:
        yield _now("The day had no row before.")
        return
    if revision.new is None:
        yield _now("The day has no row any more.")
        return
    labels = _labels(revision.rollup)
    for name, new in revision.new.items():
        old = revision.old.get(name)
        if old != new:
            yield f"{capfirst(labels.get(name, name.replace('_', ' ')))}: {_shown(old)} → {_shown(new)}"


def _labels(rollup: str) -> dict[str, str]:
    model = REVISED.get(rollup, (None, None))[1]
    return {field.attname: str(field.verbose_name) for field in model._meta.concrete_fields} if model else {}


def _shown(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return NOTHING if value is None else str(value)
    return whole(value) if isinstance(value, int) else number(Decimal(value), 2)
