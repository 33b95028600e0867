"""A newcomer has a report in hand."""

import pytest
from django.utils import timezone

from apps.core.context import organization_context
from apps.demo.keys import demo_organization_id
from apps.demo.reports import first_reports
from apps.reports.models import AnalyticsReport
from apps.reports.services import KEPT_FOR
from tests.builders import make_order, make_organization


@pytest.mark.django_db
def test_each_demonstration_organization_gets_its_first_report_once(settings, tmp_path):
    settings.FILES_DIR = tmp_path
    loaded = [make_organization(slug, pk=demo_organization_id(slug)) for slug in ("spin-city", "lantern-night-market")]
    other = make_organization("somebody-else")
    make_order(loaded[0], placed_at=timezone.now())
    files = first_reports()
    assert [(file.organization_id, file.format, file.audience) for file in files] == [
        (loaded[0].pk, "pdf", "masked"),
        (loaded[0].pk, "xlsx", "masked"),
    ]
    assert [file.pk for file in first_reports()] == [file.pk for file in files]
    for organization, count in ((loaded[0], 1), (loaded[1], 1), (other, 0)):
        with organization_context(organization.pk):
            reports = list(AnalyticsReport.objects.all())
        assert [(one.status, one.report_type) for one in reports] == [("succeeded", "executive_summary")] * count
    with organization_context(loaded[0].pk):
        AnalyticsReport.objects.update(expires_at=timezone.now() - KEPT_FOR)
    assert all(file.organization_id == loaded[1].pk for file in first_reports())
