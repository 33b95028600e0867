"""Every figure of every endpoint, beside an independent recomputation from facts."""

from unittest.mock import patch

from django.core.cache import cache
from django.utils import timezone

from apps.accounts.models import Role
from apps.analytics.metrics import decomposition, query
from apps.analytics.rest import sections
from apps.analytics.rest.dashboards import ENDPOINTS
from tests.analytics.metrics.plain_answers import PlainAnswer
from tests.analytics.metrics.plain_facts import PlainFacts
from tests.api.clients import client_of
from tests.builders import make_member


def check_endpoints(organization, *periods):
    """Ask every endpoint for each period, and hold each table behind its sections against the facts."""
    client = client_of(make_member(organization, role=Role.ANALYST))
    facts = PlainFacts(organization, organization.calendar.business_date(timezone.now()))
    asked = []

    def listened(scope, metrics, **options):
        table = query.query_metrics(scope, metrics, **options)
        asked.append((scope.now, table))
        return table

    with patch.object(sections, "query_metrics", listened), patch.object(decomposition, "query_metrics", listened):
        for period in periods:
            for endpoint in ENDPOINTS:
                cache.clear()
                before = len(asked)
                answer = client.get(f"/api/analytics/{endpoint.name}", period)
                assert answer.status_code == 200, (endpoint.name, answer.content[:300])
                shows(answer.json(), [table for _, table in asked[before:]])
    wrong = [line for now, table in asked for line in PlainAnswer(table.question, facts, now).differences(table)]
    assert not wrong, "\n".join(wrong[:20])
    return len(asked)


def shows(answer, tables):
    """Hold an answer's numbers against the tables they came from."""
    found = [section for name, section in answer.items() if isinstance(section, dict)]
    told = [
        {key: value["value"] for key, value in section.items()}
        for section in found
        if all(isinstance(value, dict) and "unit" in value for value in section.values())
    ]
    told += [{key: value for key, value in s["total"].items() if key != "compared"} for s in found if "columns" in s]
    expected = [as_numbers(table.total.values) for table in tables]
    for section in told:
        assert section in expected, section
    rows = sum(sum(map(has_something, section["rows"])) for section in found if "columns" in section)
    assert rows <= sum(len(table.rows) for table in tables)


def has_something(row):
    """Tell whether anything happened: hours and weekdays are shown without, too."""
    return any(isinstance(value, int | float) and value for value in row.values())


def as_numbers(values):
    return {key: None if value is None else float(value) for key, value in values.items()}
