"""How reports look over HTTP."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.analytics.rest.parameters import AnswerParameters, FilterObjectField
from apps.core.jobs import latest_job
from apps.core.models import JobRun, JobStatus
from apps.core.rest.errors import InvalidParameter
from apps.core.rest.fields import ChoiceField, InstantField
from apps.reports.models import AnalyticsReport, Format, ReportFile, ReportLink, ReportType

_TEXT = {"type": "string"}
_FIGURE = {"type": "object", "additionalProperties": _TEXT}
_SUMMARY: dict[str, Any] = {
    "type": ["object", "null"],
    "description": "The figures that matter, as texts in the organization's notation; null before the report is done.",
    "properties": {
        "figures": {"type": "array", "items": _FIGURE},
        "period": _TEXT,
        "as_of": _TEXT,
        "notice": {"type": "string", "description": "Which days were not counted completely; mostly empty."},
        "restated": {"type": "integer", "description": "Days that say something else than in the last issue."},
        "is_empty": {"type": "boolean"},
    },
}


class NewReportSerializer(AnswerParameters):
    """What a report is asked for: its type, a period, and as what files."""

    limit = None  # type: ignore[assignment]

    report_type = ChoiceField(ReportType.choices)
    filters = FilterObjectField(default=dict, help_text="Values to keep, by dimension; an empty text stands for none.")
    formats = serializers.ListField(
        child=ChoiceField(Format.choices), allow_empty=False, max_length=len(Format.values), default=[Format.PDF.value]
    )


class ReportTypeSerializer(serializers.Serializer[Any]):
    """A report that can be asked for."""

    key = serializers.CharField()
    title = serializers.CharField()
    about = serializers.CharField()
    figures = serializers.ListField(child=serializers.CharField(), help_text="Keys of /api/analytics/metrics.")
    filters = serializers.ListField(child=serializers.CharField(), help_text="Dimensions it can be filtered by.")


class ReportTypesSerializer(serializers.Serializer[Any]):
    """All of them: there are few."""

    results = ReportTypeSerializer(many=True)


class ProgressSerializer(serializers.Serializer[Any]):
    """How far a run is."""

    percent = serializers.IntegerField(min_value=0, max_value=100)
    stage = serializers.CharField(allow_blank=True)


class ReportFileSerializer(serializers.ModelSerializer[ReportFile]):
    """A file of a report. `url` gives it; it is null once the file has expired."""

    audience = serializers.CharField(read_only=True)
    format = serializers.CharField(read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = ReportFile
        fields = ("id", "name", "format", "audience", "size", "sha256", "rows", "url")
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_url(self, file: ReportFile) -> str | None:
        """Return the address that members download it from."""
        if not file.is_there:
            return None
        path = reverse("report-file", kwargs={"pk": str(file.report_id), "file": str(file.pk)})
        address: str = self.context["request"].build_absolute_uri(path)
        return address


class ReportSerializer(serializers.ModelSerializer[AnalyticsReport]):
    """A run of a report. `parameters` are what it was asked with."""

    report_type = serializers.CharField(read_only=True)
    status = serializers.CharField(read_only=True)
    trigger = serializers.CharField(read_only=True)
    created_by = serializers.CharField(read_only=True, allow_null=True)
    parameters = serializers.DictField(read_only=True)
    formats = serializers.ListField(child=serializers.CharField(), read_only=True)
    duration = serializers.FloatField(read_only=True, allow_null=True, help_text="Seconds of the last attempt.")
    files = ReportFileSerializer(many=True, read_only=True)

    class Meta:
        model = AnalyticsReport
        fields: tuple[str, ...] = (
            "id",
            "report_type",
            "title",
            "status",
            "start_date",
            "end_date",
            "parameters",
            "formats",
            "trigger",
            "schedule",
            "slot",
            "created_by",
            "created_at",
            "started_at",
            "finished_at",
            "due_at",
            "waits_for",
            "retry_at",
            "expires_at",
            "as_of",
            "duration",
            "rows",
            "error",
            "files",
        )
        read_only_fields = fields


class ReportDetailSerializer(ReportSerializer):
    """A run with how far it is, and the figures that matter."""

    progress = serializers.SerializerMethodField()
    summary = serializers.SerializerMethodField()

    class Meta(ReportSerializer.Meta):
        fields: tuple[str, ...] = (*ReportSerializer.Meta.fields, "progress", "summary")
        read_only_fields = fields

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, report: AnalyticsReport) -> dict[str, Any] | None:
        """Return how far the work is; nothing once it has ended."""
        return progress_of(report, latest_job(report.pk))

    @extend_schema_field(_SUMMARY)
    def get_summary(self, report: AnalyticsReport) -> dict[str, Any] | None:
        """Return the figures that matter; they are the same for every audience."""
        return next(iter(report.summary.values()), None)


class NewLinkSerializer(serializers.Serializer[Any]):
    """For whom an address of a file is made, and until when."""

    recipient = serializers.CharField(max_length=254, default="", allow_blank=True)
    expires_at = InstantField(required=False, help_text="In a week, unless told; never after the file itself.")


class LinkSerializer(serializers.ModelSerializer[ReportLink]):
    """An address of a file, without the part that is secret."""

    created_by = serializers.CharField(read_only=True, allow_null=True)
    is_open = serializers.BooleanField(read_only=True)

    class Meta:
        model = ReportLink
        fields = ("id", "recipient", "created_by", "created_at", "expires_at", "revoked_at", "is_open")
        read_only_fields = fields


class LinksSerializer(serializers.Serializer[Any]):
    """The addresses of a file."""

    results = LinkSerializer(many=True)


class MadeLinkSerializer(serializers.Serializer[Any]):
    """A new address. It is shown this once."""

    url = serializers.URLField()


def refuse_other_fields(data: Mapping[str, Any], serializer: type[serializers.Serializer[Any]]) -> None:
    """Let a body pass that names only what can be written: what is ignored looks as if it had been done.

    Raises:
        InvalidParameter: it names something else.

    """
    known = sorted(name for name, field in serializer().fields.items() if not field.read_only)
    for name in data:
        if name not in known:
            raise InvalidParameter(name, message=f"There is no such field to write; there are {', '.join(known)}.")


def progress_of(report: AnalyticsReport, job: JobRun | None) -> dict[str, Any] | None:
    """Return how far a run is; nothing once it has ended."""
    if report.is_finished:
        return None
    if job is None or job.status != JobStatus.RUNNING:
        stage = "waiting for a worker" if report.retry_at is None else "waiting to try again"
        return {"percent": 0, "stage": report.waits_for or stage}
    return {"percent": job.progress, "stage": job.stage}
