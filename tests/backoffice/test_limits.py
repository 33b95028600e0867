"""What facts at the limits of their columns come to is shown everywhere: no surface is too narrow for it."""

import datetime
import json
import os
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlencode

import pytest
import time_machine
from django.urls import reverse

from apps.accounts.models import Organization, User
from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.explanation import parts_of
from apps.analytics.metrics.measures import MEASURES
from apps.analytics.metrics.questions import dimensions_of
from apps.analytics.rest.dashboards import ENDPOINTS
from apps.backoffice.dashboards.pages import PAGES
from apps.core.context import organization_context
from apps.core.periods import Period
from apps.reports.generation import generate
from apps.reports.models import AnalyticsReport, ReportType
from apps.reports.services import request_report
from tests.analytics.comparison import refreshed
from tests.analytics.limits import AMOUNT, write_limits
from tests.api.clients import client_of
from tests.builders import NOON, make_member

SPAN = {"start_date": "2026-03-10", "end_date": "2026-03-10"}
# All of it takes minutes: with BELLWETHER_EXAMPLES every currency, dimension, explanation, file and kind of report.
EVERYTHING = "BELLWETHER_EXAMPLES" in os.environ
CURRENCIES = ("USD", "IRR", "JPY") if EVERYTHING else ("JPY",)
ROLLUPS = ("dailyrevenuesummary", "partnerperformancemetric", "customeranalytics")


@pytest.fixture(params=CURRENCIES)
def at_limits(request, laundry):
    locale = {"IRR": "fa", "JPY": "de-DE"}.get(request.param, "en")
    Organization.objects.filter(pk=laundry.pk).update(currency=request.param, locale=locale)
    laundry.refresh_from_db()
    with time_machine.travel(NOON + datetime.timedelta(days=2), tick=True):
        write_limits(laundry)
        refreshed(laundry)
        yield laundry


@pytest.fixture
def owner(at_limits):
    user = make_member(at_limits, role="owner")
    User.objects.filter(pk=user.pk).update(is_staff=True)
    return User.objects.get(pk=user.pk)


def test_the_api_answers(at_limits, owner):
    client = client_of(owner)

    def ask(path, **asked):
        answer = client.get(f"/api/analytics/{path}", {**SPAN, **asked})
        assert answer.status_code == 200, (path, asked, answer.content)
        return json.loads(answer.content, parse_float=Decimal, parse_int=Decimal)

    for endpoint in ENDPOINTS:
        ask(endpoint.name, compare="previous_period")
    for metric in METRICS.values():
        only_by = {measure.only_by for measure in map(MEASURES.get, metric.expression.measures()) if measure} - {""}
        for key in only_by or (("", *dimensions_of(metric)) if EVERYTHING else [""]):
            ask("query", metrics=metric.key, compare="previous_period", **({"dimensions": key} if key else {}))
        for part in parts_of(metric) if EVERYTHING and not only_by else ():
            ask(f"metrics/{metric.key}/explain", part=part)
    exact = 5 * AMOUNT
    assert ask("revenue")["summary"]["total_revenue"]["value"] == exact.quantize(
        Decimal(1) if at_limits.currency == "JPY" else Decimal("0.01"), ROUND_HALF_UP
    )
    assert ask("query", metrics="overlong_stages")["table"]["total"]["overlong_stages"] == 15
    assert ask("metrics/overlong_stages/explain")["value"] == 15


def test_the_admin_shows_and_gives_them(at_limits, owner, sign_in):
    client = sign_in(owner, at_limits)
    query = urlencode({**SPAN, "compare": "previous_period"})
    for page in PAGES.values():
        assert client.get(f"{reverse(f'admin:{page.route}')}?{query}").status_code == 200
        for panel in page.panels if EVERYTHING else page.panels[:1]:
            for form in ("csv", "xlsx"):
                path = reverse("admin:dashboard_data", args=[page.key, panel.key, form])
                answer = client.get(f"{path}?{query}")
                assert answer.status_code == 200, (panel.key, answer.content)
                assert b"".join(answer)
    for name in ROLLUPS:
        assert client.get(reverse(f"admin:analytics_{name}_changelist")).status_code == 200


@pytest.mark.parametrize("report_type", ReportType.values if EVERYTHING else ["executive_summary"])
def test_reports_are_written(report_type, at_limits, owner):
    report = request_report(
        organization=at_limits, report_type=report_type, period=Period(NOON.date(), NOON.date()), parameters={},
        formats=["pdf", "xlsx", "csv", "json"], audiences=["full"], trigger="api", created_by=owner,
    )  # fmt: skip
    generate(report.pk)
    with organization_context(at_limits.pk):
        done = AnalyticsReport.objects.get(pk=report.pk)
    assert (done.status, done.error) == ("succeeded", "")
