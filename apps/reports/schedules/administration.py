"""Schedules in the admin: what goes out, when next, to whom, and how it went."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display

from apps.accounts.administration import KnownChoiceFilter, TenantModelAdmin, access_of, is_platform_request
from apps.accounts.administration.figures import linked, page_of
from apps.accounts.models import User
from apps.accounts.notation import NOTHING, current_notation
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.reports.models import Format, Frequency, ReportSchedule, ReportType
from apps.reports.schedules import pages
from apps.reports.schedules.changing import change_schedule, create_schedule, delete_schedule
from apps.reports.schedules.forms import ScheduleForm
from apps.reports.schedules.presentation import (
    FREQUENCY_COLOURS,
    STATE_COLOURS,
    TYPE_COLOURS,
    foreseen,
    last_runs,
    shown_readers,
    state_of,
)
from apps.reports.schedules.wording import sentence, slot_text, timeframe_named, when
from apps.reports.wording import BASES, COMPARISONS, labels_of

_WORDS: dict[str, str] = {
    "recipients": "recipient_lines",
    "formats": "format_names",
    "timeframe": "timeframe_name",
    "compare": "compare_name",
    "refund_basis": "basis_name",
    # What is shown of these depends on others, by a script that reads the form: who may only look has none.
    **dict.fromkeys(("frequency", "time", "day_of_week", "day_of_month", "on_last_business_day"), "when_in_words"),
    "filter_partner": "filters_in_words",
    "filter_category": "filters_in_words",
    "filter_channel": "filters_in_words",
}
_PLAIN = {"creator": "creator_address"}
_WEEKLY, _BY_MONTH = "frequency == 'weekly'", "frequency == 'monthly' || frequency == 'quarterly'"


class CreatorFilter(admin.SimpleListFilter):
    """Who made the schedule, of those who made one."""

    title = _("created by")
    parameter_name = "created_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return them by address."""
        makers = ReportSchedule.objects.order_by().values_list("created_by", flat=True).distinct()
        return [(str(user.pk), user.email) for user in User.objects.filter(pk__in=makers).order_by("email")]

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Keep the schedules of one of them; what is nobody filters nothing."""
        known = {key for key, _address in self.lookup_choices}
        return queryset.filter(created_by=self.value()) if self.value() in known else queryset


@admin.register(ReportSchedule)
class ReportScheduleAdmin(TenantModelAdmin):
    """Schedules by name: viewers look, analysts and owners decide what goes out."""

    form = ScheduleForm
    list_display = ("name", "type_label", "frequency_label", "state_label", "shown_next", "shown_last", "creator")
    list_select_related = ("created_by", "organization")
    list_filter = (
        ("report_type", KnownChoiceFilter),
        ("frequency", KnownChoiceFilter),
        ("is_active", BooleanRadioFilter),
        CreatorFilter,
    )
    actions = ()
    search_fields = ("name__icontains", "description__icontains")  # an organization has a handful
    search_help_text = _("Part of the name or description")
    ordering = ("name", "id")
    add_label = _("New schedule")
    empty_text = _("A schedule has a report made again and again, and sent to the people who should read it.")
    readonly_fields = (
        "foreseen_runs",
        "who_sees_what",
        "recipient_lines",
        "format_names",
        "timeframe_name",
        "compare_name",
        "basis_name",
        "filters_in_words",
        "when_in_words",
        "state_label",
        "shown_failures",
        "shown_next",
        "shown_last",
        "creator_address",
        "created_at",
        "updated_at",
        "id",
    )
    conditional_fields: ClassVar[dict[str, str]] = {
        "day_of_week": _WEEKLY,
        "on_last_business_day": _BY_MONTH,
        "day_of_month": f"({_BY_MONTH}) && !on_last_business_day",
    }
    fieldsets = (
        (None, {"fields": ("name", "description")}),
        (
            _("What"),
            {"fields": (("report_type", "timeframe"), ("compare", "refund_basis"), "formats", "skip_when_empty")},
        ),
        (
            _("When"),
            {
                "fields": (
                    ("frequency", "time"),
                    ("day_of_week", "day_of_month"),
                    "on_last_business_day",
                    "timezone",
                    "foreseen_runs",
                )
            },
        ),
        (_("To whom"), {"fields": ("recipients", "outside_sees_contact_details", "who_sees_what")}),
        (_("Filters"), {"fields": ("filter_partner", "filter_category", "filter_channel"), "classes": ("collapse",)}),
    )
    record_fieldsets = (
        (_("State"), {"fields": (("state_label", "shown_failures"), ("shown_next", "shown_last"))}),
        (_("Record"), {"fields": ("creator_address", ("created_at", "updated_at"), "id"), "classes": ("collapse",)}),
    )
    change_form_outer_before_template = "reports/schedule_above.html"
    change_form_outer_after_template = "reports/schedule_runs.html"

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("reports/schedule.css",)}
        js = ("reports/schedule.js",)

    def get_urls(self) -> list[URLPattern]:
        """Put the pages of a schedule before the ones every model has."""
        own = [
            path("foreseen/", self.own_page(pages.foresee), name="reports_reportschedule_foreseen"),
            *(
                path(f"<uuid:schedule_id>/{verb}/", self.own_page(view), name=f"reports_reportschedule_{verb}")
                for verb, view in (
                    ("pause", pages.pause),
                    ("resume", pages.resume),
                    ("run", pages.run),
                    ("preview", pages.preview_to_me),
                )
            ),
        ]
        return [*own, *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Return the columns; who made a schedule is a link for those who may see users."""
        shown = super().get_list_display(request)
        return shown if is_platform_request(request) else [_PLAIN.get(name, name) for name in shown]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show the state of what is there, and lists in words to those who may only look."""
        fieldsets = [*self.fieldsets, *(self.record_fieldsets if obj else ())]
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(title, {**options, "fields": _in_words(options["fields"])}) for title, options in fieldsets[:-1]]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show what the schedule does above its form, and how it went below."""
        schedule = self.get_object(request, object_id) if access_of(request) else None
        context = dict(extra_context or {})
        if isinstance(schedule, ReportSchedule):
            context |= {
                "schedule": schedule,
                "told": sentence(schedule, schedule.next_run_at or timezone.now()),
                "state": state_of(schedule),
                "state_colour": STATE_COLOURS[state_of(schedule)],
                "runs": last_runs(schedule),
                "may_change": self.has_change_permission(request, schedule),
            }
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: ReportSchedule, form: ModelForm, change: bool) -> None:
        """Have the services write it, who also know when it runs next."""
        access = access_of(request)
        if access is None or not isinstance(form, ScheduleForm):
            return
        fields = form.fields_to_keep()
        if change:
            change_schedule(schedule_id=obj.pk, fields=fields)
        else:
            made = create_schedule(organization=access.organization, created_by=access.user, fields=fields)
            obj.pk, obj._state.adding = made.pk, False
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: ReportSchedule) -> None:
        """Delete the schedule, and leave what it made."""
        delete_schedule(schedule_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> None:
        """Delete the schedules, and leave what they made."""
        for schedule in queryset:
            delete_schedule(schedule_id=schedule.pk)

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> Any:
        """Return Django's four parts for the confirmation: runs forbid nothing, they stay."""
        listed, counts, lacking, _forbidding = super().get_deleted_objects(objs, request)
        return listed, counts, lacking, []

    @display(description=_("Report"), label=TYPE_COLOURS)
    def type_label(self, schedule: ReportSchedule) -> str:
        """Return the report for a badge."""
        return str(ReportType(schedule.report_type).label)

    @display(description=_("How often"), label=FREQUENCY_COLOURS)
    def frequency_label(self, schedule: ReportSchedule) -> str:
        """Return the frequency for a badge."""
        return str(Frequency(schedule.frequency).label)

    @display(description=_("State"), label=STATE_COLOURS)
    def state_label(self, schedule: ReportSchedule) -> str:
        """Return the state for a badge."""
        return str(state_of(schedule))

    @display(description=_("Next run"))
    def shown_next(self, schedule: ReportSchedule) -> str:
        """Return when it runs next, by the clock of its zone."""
        if schedule.next_run_at is None:
            return NOTHING
        return slot_text(schedule.next_run_at, schedule.timezone, current_notation())

    @display(description=_("Last run"))
    def shown_last(self, schedule: ReportSchedule) -> str:
        """Return when it ran last, by the clock of its zone."""
        if schedule.last_run_at is None:
            return NOTHING
        return slot_text(schedule.last_run_at, schedule.timezone, current_notation())

    @display(description=_("Failures in a row"))
    def shown_failures(self, schedule: ReportSchedule) -> str:
        """Return how many runs failed since the last that did not."""
        return current_notation().number(schedule.failures)

    @display(description=_("Created by"))
    def creator(self, schedule: ReportSchedule) -> SafeString | str:
        """Return who made it; a link for those who may see users."""
        if schedule.created_by is None:
            return NOTHING
        return linked(schedule.created_by.email, page_of(schedule.created_by))

    @display(description=_("Created by"))
    def creator_address(self, schedule: ReportSchedule) -> str:
        """Return who made it."""
        return schedule.created_by.email if schedule.created_by else NOTHING

    @display(description=_("Next runs"))
    def foreseen_runs(self, schedule: ReportSchedule) -> SafeString:
        """Return the next ten runs; the form's script keeps them up to date while it is filled in."""
        known = schedule is not None and not schedule._state.adding
        return render_to_string(
            "reports/schedule_foreseen_field.html", foreseen(schedule) | {"sentence": ""} if known else {}
        )

    @display(description=_("Who sees what"))
    def who_sees_what(self, schedule: ReportSchedule) -> SafeString:
        """Return what each recipient sees, as of now."""
        known = schedule is not None and not schedule._state.adding
        return render_to_string("reports/schedule_readers.html", {"readers": shown_readers(schedule) if known else []})

    @display(description=_("Recipients"))
    def recipient_lines(self, schedule: ReportSchedule) -> str:
        """Return the addresses."""
        return ", ".join(schedule.recipients)

    @display(description=_("As"))
    def format_names(self, schedule: ReportSchedule) -> str:
        """Return the formats."""
        return ", ".join(str(Format(format_).label) for format_ in schedule.formats)

    @display(description=_("Period"))
    def timeframe_name(self, schedule: ReportSchedule) -> str:
        """Return the period."""
        return timeframe_named(schedule.timeframe)

    @display(description=_("Compared with"))
    def compare_name(self, schedule: ReportSchedule) -> str:
        """Return the comparison."""
        return str(COMPARISONS.get(schedule.compare, schedule.compare))

    @display(description=_("Refunds count"))
    def basis_name(self, schedule: ReportSchedule) -> str:
        """Return the refund basis."""
        return str(BASES.get(schedule.refund_basis, schedule.refund_basis))

    @display(description=_("How often"))
    def when_in_words(self, schedule: ReportSchedule) -> str:
        """Return how often, on which day and at which time."""
        return when(schedule, schedule.next_run_at or timezone.now())

    @display(description=_("Only"))
    def filters_in_words(self, schedule: ReportSchedule) -> str:
        """Return what the figures are filtered by; a query for each dimension that is looked up."""
        return "; ".join(
            f"{DIMENSIONS[key].label}: {', '.join(labels_of(DIMENSIONS[key], tuple(values)).values())}"
            for key, values in schedule.filters.items()
            if key in DIMENSIONS
        )


def _in_words(rows: Iterable[Any]) -> list[Any]:
    """Return the fields of a fieldset, those with lists and names of ours in words, each once."""
    kept: list[tuple[Any, ...]] = []
    said: set[Any] = set()
    for row in rows:
        names = [_WORDS.get(name, name) for name in (row if isinstance(row, (list, tuple)) else (row,))]
        shown = tuple(name for name in dict.fromkeys(names) if name not in said)
        said.update(shown)
        if shown:
            kept.append(shown)
    return kept
