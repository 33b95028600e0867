"""Days that cannot be computed are held back, and verifications count what they left out."""

from pathlib import Path

import apps.core.constraints
import apps.core.identifiers
import django.db.models.deletion
from django.db import migrations, models


FRESHNESS = Path(__file__).parent.parent / "sql" / "freshness.sql"


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0005_locale'),
        ('analytics', '0010_as_of'),
    ]

    operations = [
        migrations.AddField(
            model_name='analyticsstate',
            name='attempted_at',
            field=models.DateTimeField(help_text='Empty when the last refresh came to its end.', null=True, verbose_name='attempt began at'),
        ),
        migrations.AddField(
            model_name='verification',
            name='imbalances',
            field=models.IntegerField(default=0, help_text='Sums of a day that differed between rollups, before any repair.', verbose_name='imbalances'),
        ),
        migrations.AddField(
            model_name='verification',
            name='imbalance_details',
            field=models.JSONField(default=list, help_text='The first of them: rollup, date, measure, sum, expected.', verbose_name='imbalance details'),
        ),
        migrations.AddField(
            model_name='verification',
            name='skipped_days',
            field=models.IntegerField(default=0, help_text='They cannot be computed at present.', verbose_name='days left out'),
        ),
        migrations.CreateModel(
            name='FailingDay',
            fields=[
                ('id', models.UUIDField(default=apps.core.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('date', models.DateField(null=True, verbose_name='date')),
                ('failures', models.PositiveSmallIntegerField(default=0, verbose_name='failures in a row')),
                ('error', models.CharField(blank=True, max_length=300, verbose_name='error')),
                ('fact_model', models.CharField(blank=True, help_text='As marketplace.order.', max_length=60, verbose_name='kind of fact')),
                ('fact_id', models.UUIDField(null=True, verbose_name='fact')),
                ('fact_column', models.CharField(blank=True, max_length=60, verbose_name='column')),
                ('failing_since', models.DateTimeField(verbose_name='failing since')),
                ('retry_at', models.DateTimeField(verbose_name='tried again at')),
                ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organization', verbose_name='organization')),
            ],
            options={
                'verbose_name': 'failing day',
                'verbose_name_plural': 'failing days',
                'ordering': ('-date',),
                'constraints': [apps.core.constraints.ImmutableOrganization(name='failing_day_organization_fixed'), models.UniqueConstraint(fields=('organization', 'date'), name='failing_day_once', nulls_distinct=False)],
            },
        ),
        migrations.RunSQL(FRESHNESS.read_text(), migrations.RunSQL.noop),
    ]
