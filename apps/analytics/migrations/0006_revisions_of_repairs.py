"""Revisions that a repair of corrupted rows made: what they replaced was never right."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("analytics", "0005_processing_times")]
    operations: ClassVar[list[migrations.AddField]] = [
        migrations.AddField("revision", "is_repair", models.BooleanField(default=False)),
        migrations.AddField("revision", "right_until", models.DateTimeField(null=True)),
    ]
