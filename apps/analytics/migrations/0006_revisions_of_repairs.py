"""Revisions that a repair made say so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('analytics', '0005_processing_times'),
    ]

    operations = [
        migrations.AddField(
            model_name='revision',
            name='is_repair',
            field=models.BooleanField(default=False, help_text='The old values did not come from facts: they were replaced.', verbose_name='repair'),
        ),
        migrations.AddField(
            model_name='revision',
            name='right_until',
            field=models.DateTimeField(help_text='The last verification before a repair that left every row right.', null=True, verbose_name='right until'),
        ),
    ]
