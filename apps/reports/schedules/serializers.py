"""Schedules in JSON."""

import datetime
import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.models import WeekDay
from apps.accounts.notation import notation_of
from apps.analytics.metrics.declarations import RefundBasis
from apps.analytics.rest.parameters import FilterObjectField
from apps.core.periods import TIMEFRAMES, Comparison
from apps.core.rest.fields import ChoiceField
from apps.reports.models import AnalyticsReport, Format, Frequency, ReportSchedule, ReportType
from apps.reports.models.schedules import MOST_RECIPIENTS
from apps.reports.schedules.checking import LONGEST_NAME
from apps.reports.schedules.timing import due_at, period_at, upcoming
from apps.reports.schedules.wording import sentence, slot_text

_WALL_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", re.ASCII)
LONGEST_DESCRIPTION = 2000
LONGEST_ADDRESS = 1000  # to be refused in words


@extend_schema_field({"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2})?$", "example": "08:00"})
class WallClockField(serializers.TimeField):
    """A time of day by the clocks of a zone, to the minute or the second."""

    def to_internal_value(self, value: Any) -> datetime.time:
        """Read it."""
        if not isinstance(value, str) or not _WALL_CLOCK.fullmatch(value):
            raise serializers.ValidationError("Give a time of day, such as 08:00.", code="invalid")
        return datetime.time.fromisoformat(value)


class ScheduleSerializer(serializers.ModelSerializer[ReportSchedule]):
    """A schedule: which report goes to whom, how often, at which time of which zone."""

    name = serializers.CharField(max_length=LONGEST_NAME, trim_whitespace=False)
    description = serializers.CharField(max_length=LONGEST_DESCRIPTION, required=False, allow_blank=True)
    report_type = ChoiceField(ReportType.choices)
    frequency = ChoiceField(Frequency.choices)
    day_of_week = ChoiceField(
        [(day.value, day.value) for day in WeekDay], required=False, help_text="Of weekly schedules; 1 is Monday."
    )
    day_of_month = serializers.IntegerField(
        min_value=1,
        max_value=31,
        required=False,
        help_text="Of monthly schedules; of quarterly ones in January, April, July and October. A shorter month’s last"
        " day stands in.",
    )
    on_last_business_day = serializers.BooleanField(
        required=False, help_text="The last Monday to Friday of the month or quarter, instead of a day of the month."
    )
    time = WallClockField(required=False, help_text="By clocks in the time zone; 08:00 where nothing is said.")
    timezone = serializers.CharField(
        max_length=64, required=False, help_text="IANA name; the organization’s where nothing is said."
    )
    recipients = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_ADDRESS, trim_whitespace=False),
        allow_empty=False,
        max_length=MOST_RECIPIENTS,
        help_text="E-mail addresses. Members get what their role may see.",
    )
    formats = serializers.ListField(
        child=ChoiceField(Format.choices), allow_empty=False, max_length=len(Format.values), required=False
    )
    timeframe = ChoiceField(
        [(name, name) for name in TIMEFRAMES],
        required=False,
        help_text="As of the date of the slot in the schedule’s time zone, whenever the report is made.",
    )
    compare = ChoiceField([(str(one), str(one)) for one in Comparison], required=False)
    refund_basis = ChoiceField([(str(one), str(one)) for one in RefundBasis], required=False)
    filters = FilterObjectField(required=False, help_text="Values to keep, by dimension.")
    created_by = serializers.CharField(read_only=True, allow_null=True, help_text="In whose name it runs.")
    sentence = serializers.SerializerMethodField(help_text="What it does, in words.")

    class Meta:
        model = ReportSchedule
        fields = (
            "id",
            "name",
            "description",
            "report_type",
            "frequency",
            "day_of_week",
            "day_of_month",
            "on_last_business_day",
            "time",
            "timezone",
            "recipients",
            "formats",
            "timeframe",
            "compare",
            "refund_basis",
            "filters",
            "skip_when_empty",
            "outside_sees_contact_details",
            "is_active",
            "paused_reason",
            "failures",
            "sentence",
            "created_by",
            "last_run_at",
            "next_run_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "is_active", "paused_reason", "failures", "last_run_at", "next_run_at")

    def get_sentence(self, schedule: ReportSchedule) -> str:
        """Return what it does."""
        return sentence(schedule, schedule.next_run_at or schedule.updated_at)


class ScheduledRunSerializer(serializers.ModelSerializer[AnalyticsReport]):
    """A run of a schedule. `slot` is the instant it was due, null of previews and of runs by hand."""

    status = serializers.CharField(read_only=True)
    trigger = serializers.CharField(read_only=True)

    class Meta:
        model = AnalyticsReport
        fields = (
            "id",
            "title",
            "status",
            "slot",
            "due_at",
            "waits_for",
            "start_date",
            "end_date",
            "trigger",
            "is_preview",
            "attempts",
            "error",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields


class SlotSerializer(serializers.Serializer[Any]):
    """A slot to come: the instant, what the clock of the zone shows then, and the days its report will be over.

    `due_at` is when those are over for the organization: the report is made then.
    """

    slot = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    local = serializers.CharField()
    start_date = serializers.DateField()
    end_date = serializers.DateField()


class SlotsSerializer(serializers.Serializer[Any]):
    """The next ten."""

    results = SlotSerializer(many=True)


def slots_json(schedule: ReportSchedule, *, after: datetime.datetime) -> dict[str, Any]:
    """Return the next ten slots after an aware instant."""
    notation = notation_of(schedule.organization)
    found = []
    for slot in upcoming(schedule, after=after):
        period = period_at(schedule, slot)
        found.append(
            {
                "slot": slot,
                "due_at": due_at(schedule, slot),
                "local": slot_text(slot, schedule.timezone, notation),
                "start_date": period.first,
                "end_date": period.last,
            }
        )
    return dict(SlotsSerializer({"results": found}).data)
