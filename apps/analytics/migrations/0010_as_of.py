"""Figures as of an instant: what was said of products, channels, hours, stages, contact and customers is kept from now on."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.utils import timezone


def begin_now(apps: Any, schema_editor: Any) -> None:
    """Forget the past of days whose changes were kept for two rollups alone: it cannot be told whole."""
    states = apps.get_model("analytics", "AnalyticsState")._base_manager
    states.filter(published_since__isnull=False).update(published_since=timezone.now())


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("analytics", "0008_attributes_move_the_version")]
    operations: ClassVar[list[Any]] = [
        migrations.AddIndex(
            "revision",
            models.Index(
                fields=["organization", "revised_at"], condition=models.Q(is_repair=True), name="revision_repairs"
            ),
        ),
        migrations.RunPython(begin_now, migrations.RunPython.noop),
    ]
