"""How imports look over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.jobs import latest_job
from apps.core.rest.fields import ChoiceField
from apps.imports.models import ImportFile, ImportMode, ImportRun, RejectedRow


class ImportFileSerializer(serializers.ModelSerializer[ImportFile]):
    """A file of an import."""

    class Meta:
        model = ImportFile
        fields = ("name", "size", "sha256")


class JobSerializer(serializers.Serializer[Any]):
    """How far the work on an import is."""

    status = serializers.CharField()
    progress = serializers.IntegerField(min_value=0, max_value=100)
    stage = serializers.CharField(allow_blank=True)
    rows = serializers.IntegerField()


@extend_schema_field({"type": ["object", "null"], "description": "What the preview or the commit found; null before."})
class ResultField(serializers.JSONField):
    """The result as it is kept."""


class ImportSerializer(serializers.ModelSerializer[ImportRun]):
    """An import. `result` holds what the preview or the commit found."""

    mode = serializers.CharField(read_only=True)
    status = serializers.CharField(read_only=True)
    result = ResultField(read_only=True)

    class Meta:
        model = ImportRun
        fields = (
            "id",
            "mapping",
            "mode",
            "status",
            "error",
            "rows_read",
            "rows_rejected",
            "result",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields


class ImportDetailSerializer(serializers.ModelSerializer[ImportRun]):
    """An import with its files and the progress of the work on it."""

    mode = serializers.CharField(read_only=True)
    status = serializers.CharField(read_only=True)
    result = ResultField(read_only=True)
    files = ImportFileSerializer(many=True, read_only=True)
    job = serializers.SerializerMethodField()

    class Meta:
        model = ImportRun
        fields = (*ImportSerializer.Meta.fields, "files", "job")
        read_only_fields = fields

    @extend_schema_field(JobSerializer(allow_null=True))
    def get_job(self, run: ImportRun) -> dict[str, Any] | None:
        """Return the newest job about the import."""
        job = latest_job(run.pk)
        return None if job is None else dict(JobSerializer(job).data)


class NewImportSerializer(serializers.Serializer[Any]):
    """What an upload brings: one or several `files`, and a shipped mapping by name or one of your own as YAML."""

    files = serializers.ListField(child=serializers.FileField(), allow_empty=False, max_length=50)
    mapping = serializers.CharField(max_length=100, required=False)
    mapping_text = serializers.CharField(max_length=200_000, required=False, trim_whitespace=False)
    mode = ChoiceField(choices=ImportMode.choices, default=ImportMode.ALL_OR_NOTHING)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for exactly one of the two ways to name a mapping."""
        if ("mapping" in attrs) == ("mapping_text" in attrs):
            raise serializers.ValidationError({"mapping": "Give either “mapping” or “mapping_text”."})
        return attrs


class RejectedRowSerializer(serializers.ModelSerializer[RejectedRow]):
    """One reason why a row was refused."""

    class Meta:
        model = RejectedRow
        fields = ("id", "file", "line", "column", "value", "reason")
        read_only_fields = fields


class MappingSerializer(serializers.Serializer[Any]):
    """A shipped mapping: `files` are the roles it reads, with their columns."""

    name = serializers.CharField()
    title = serializers.CharField()
    about = serializers.CharField()
    files = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class MappingsSerializer(serializers.Serializer[Any]):
    """All of them: there are few."""

    results = MappingSerializer(many=True)


class RejectedRowsSerializer(serializers.Serializer[Any]):
    """A page of rejected rows."""

    results = RejectedRowSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)
