"""How exports look over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.jobs import latest_job
from apps.core.rest.fields import ChoiceField
from apps.queries.datasets import DATASETS
from apps.queries.exports.metrics import METRICS
from apps.queries.models import DataExport, ExportFormat
from apps.queries.services import filters_for

MOST_COLUMNS = 200
KEYS = [(key, key) for key in (*DATASETS, METRICS)]


@extend_schema_field({"type": "object", "additionalProperties": True})
class ObjectField(serializers.DictField):
    """An object as it is told; what stands in it is read later."""


class ExportJobSerializer(serializers.Serializer[Any]):
    """How far the work on an export is."""

    status = serializers.CharField()
    progress = serializers.IntegerField(min_value=0, max_value=100)
    stage = serializers.CharField(allow_blank=True)
    rows = serializers.IntegerField()


class ExportSerializer(serializers.ModelSerializer[DataExport]):
    """An export. `expires_at` is when its file is given no longer; the context has the caller's access."""

    dataset = serializers.CharField(read_only=True)
    format = serializers.CharField(read_only=True)
    status = serializers.CharField(read_only=True)
    filters = serializers.SerializerMethodField()
    question = ObjectField(read_only=True)
    columns = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = DataExport
        fields = (
            "id",
            "dataset",
            "title",
            "format",
            "filters",
            "question",
            "columns",
            "has_contact_details",
            "status",
            "error",
            "rows",
            "name",
            "size",
            "sha256",
            "as_of",
            "created_at",
            "finished_at",
            "expires_at",
        )
        read_only_fields = fields

    @extend_schema_field(ObjectField())
    def get_filters(self, export: DataExport) -> dict[str, Any]:
        """Return what the rows were kept by, as the caller may see it."""
        return filters_for(self.context["access"], export)


class ExportDetailSerializer(ExportSerializer):
    """An export with the progress of the work on it."""

    job = serializers.SerializerMethodField()

    class Meta(ExportSerializer.Meta):
        fields = (*ExportSerializer.Meta.fields, "job")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(ExportJobSerializer(allow_null=True))
    def get_job(self, export: DataExport) -> dict[str, Any] | None:
        """Return the newest job about the export."""
        job = latest_job(export.pk)
        return None if job is None else dict(ExportJobSerializer(job).data)


class NewExportSerializer(serializers.Serializer[Any]):
    """What is to be exported: rows of a dataset, or with `metrics` the answer to a `question`."""

    dataset = ChoiceField(choices=KEYS, help_text="One of /api/queries/exports/datasets, or “metrics”.")
    format = ChoiceField(choices=ExportFormat.choices, default=ExportFormat.CSV)
    filters = ObjectField(
        required=False,
        help_text='By the dataset\'s filters, such as {"start_date": "2026-01-01", "status": ["completed"]}.',
    )
    columns = serializers.ListField(
        child=serializers.CharField(max_length=100),
        required=False,
        max_length=MOST_COLUMNS,
        help_text="All, unless said.",
    )
    question = ObjectField(required=False, help_text="For “metrics”: the parameters of /api/analytics/query.")
    byte_order_mark = serializers.BooleanField(
        default=False, help_text="Begin a CSV file with one, so that Excel takes it for UTF-8."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what does not go together, and unknown names."""
        unknown = [name for name in self.initial_data if name not in self.fields]
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(unknown, "There is no such parameter."))
        is_question = attrs["dataset"] == METRICS
        for name in ("filters", "columns") if is_question else ("question",):
            if name in attrs:
                raise serializers.ValidationError({name: f"This does not go with the dataset {attrs['dataset']}."})
        if is_question and "question" not in attrs:
            raise serializers.ValidationError({"question": "Say what the metrics are asked."})
        return attrs


class DatasetColumnSerializer(serializers.Serializer[Any]):
    """A column of a dataset; `is_masked` says that the caller does not see all of it."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField()
    is_masked = serializers.BooleanField()


class DatasetFilterSerializer(serializers.Serializer[Any]):
    """What rows can be kept by; `choices` are the values there are, empty for any."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    form = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())


class DatasetSerializer(serializers.Serializer[Any]):
    """What can be exported. `dated_by` is what a period is about, empty where there is none."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    is_computed = serializers.BooleanField()
    dated_by = serializers.CharField(allow_blank=True)
    columns = DatasetColumnSerializer(many=True)
    filters = DatasetFilterSerializer(many=True)


class DatasetsSerializer(serializers.Serializer[Any]):
    """All of them: there are few."""

    results = DatasetSerializer(many=True)
