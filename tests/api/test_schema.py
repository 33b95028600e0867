"""OpenAPI: complete, without warnings, and kept by every answer that a fuzzer can provoke."""

import io
from contextlib import contextmanager

import pytest
import schemathesis
from django.apps import apps
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, models
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.accounts.tokens import issue_tokens
from apps.core.context import across_all_organizations
from apps.core.models import ImportedModel
from tests.api.clients import client_of, error_code
from tests.api.conftest import one_of_each
from tests.api.routes import routes

pytestmark = pytest.mark.django_db

CANARIES = {"laundry": "canary-of-the-laundry", "clinic": "canary-of-the-clinic"}
EXAMPLES = 8


@pytest.fixture
def schema():
    return client_of().get("/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"}).json()


def test_the_schema_is_made_without_a_warning():
    told = io.StringIO()
    call_command("spectacular", "--fail-on-warn", "--validate", "--format=openapi-json", stdout=told, stderr=told)
    assert '"openapi": "3.1.0"' in told.getvalue()


def test_every_route_is_in_the_schema_with_its_errors_and_headers(schema):
    unlisted = {"/api/schema", "/api/docs", "/api/redoc"}
    expected = {
        (route.path.replace("{pk}", "{id}"), method.lower())
        for route in routes("/api/")
        for method in route.methods
        if route.path not in unlisted
    }
    operations = {(path.rstrip("/"), method): op for path, ops in schema["paths"].items() for method, op in ops.items()}
    assert set(operations) == expected
    for (path, method), operation in operations.items():
        wanted = {"400", "404", "405", "406", "429", "500", "503"}
        assert wanted <= set(operation["responses"]), (path, method)
        headers = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "header"}
        of_organization = "/api/auth/" not in path
        assert ("X-Organization-ID" in headers) == of_organization, (path, method)
        of_facts = (
            method == "post"
            and "/api/auth/" not in path
            and "/api/imports" not in path
            and ("/api/reports" not in path or path == "/api/reports/schedules")
            and path != "/api/analytics/query"
            and not path.endswith("/cancel")
            and ("/api/reports" not in path or path == "/api/reports/generate")
        )
        assert not of_facts or "Idempotency-Key" in headers, (path, method)
    assert set(schema["components"]["securitySchemes"]) == {"bearer", "session"}


@pytest.mark.parametrize("page", ["/api/docs", "/api/docs/", "/api/redoc/"])
def test_the_documentation_asks_no_other_host(page):
    answer = client_of().get(page, headers={"Accept": "text/html"})
    text = answer.content.decode()
    assert "/static/drf_spectacular_sidecar/" in text
    assert "http://" not in text.replace("http://testserver", "")
    assert "https://" not in text
    # ReDoc's own code asks for its maker's logo; only the policy can keep the browser from it.
    images = [rule for rule in answer["Content-Security-Policy"].split("; ") if rule.startswith("img-src ")]
    assert images in (["img-src 'self' data:"], ["img-src 'self' data: blob:"])


def test_an_error_of_a_page_has_the_shape_too():
    answer = client_of().get("/api/docs", headers={"Accept": "application/json"})
    assert (answer.status_code, error_code(answer)) == (406, "NOT_ACCEPTABLE")


def mark_with_canary(organization_id, canary: str) -> int:
    """Write the canary into every text field of every fact of an organization; return how many fields."""
    marked = 0
    for model in apps.get_models():
        if not issubclass(model, ImportedModel):
            continue
        texts = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField) and not field.choices and not field.generated
        ]
        with across_all_organizations(reason="a test marks the facts of one organization"):
            rows = model._default_manager.filter(organization_id=organization_id)
            assert rows.exists() or model._meta.app_label == "imports", model
            rows.update(**{name: f"{canary}@x.example"[: model._meta.get_field(name).max_length] for name in texts})
        marked += len(texts)
    return marked


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


LIMITS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def operations(document):
    """Return every operation of the document, called in this process."""
    fuzzed = schemathesis.openapi.from_dict(document)
    fuzzed.app = get_wsgi_application()
    return [result.ok() for result in fuzzed.get_all_operations()]


def fuzzed(call, operation, row_ids) -> None:
    """Call an operation with made-up requests, some of them for rows that are there."""

    @LIMITS
    @given(case=operation.as_strategy(), row_id=st.sampled_from([None, *row_ids]))
    def fuzz(case, row_id):
        call(operation, case, row_id)

    fuzz()


@contextmanager
def one_connection():
    """Keep the test's connection open between requests, as Django's own test client does while it asks."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@override_settings(ALLOWED_HOSTS=["localhost", "testserver"])
def test_a_fuzzer_finds_no_failure_no_broken_promise_and_no_other_organization(cast, laundry, clinic, schema):
    row_ids = []
    for organization in (laundry, clinic):
        row_ids += one_of_each(organization).values()
        assert mark_with_canary(organization.pk, CANARIES[organization.slug]) > 30
    headers = {
        "Authorization": f"Bearer {issue_tokens(cast.owner).access}",
        "X-Organization-ID": "laundry",
        "Accept-Encoding": "identity",
    }
    statuses: dict[str, set[int]] = {}
    seen = {"laundry": 0, "clinic": 0}

    def call(operation, case, row_id):
        case.headers = {**(case.headers or {}), **headers}
        if case.path_parameters and row_id:
            metric = {"key": "net_revenue"}
            case.path_parameters = {name: metric.get(name, row_id) for name in case.path_parameters}
        if operation.label == "GET /api/analytics/query/" and row_id:
            # What is made up of dimensions and filters hardly ever goes together: these do.
            kept = {key: value for key, value in (case.query or {}).items() if key in {"compare", "refund_basis"}}
            case.query = {**kept, "metrics": "net_revenue,customers"}
        answer = case.call()
        for slug, canary in CANARIES.items():
            seen[slug] += canary.encode() in answer.content
        statuses.setdefault(operation.label, set()).add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    with one_connection():
        for operation in operations(schema):
            fuzzed(call, operation, row_ids)
    assert seen["clinic"] == 0
    assert seen["laundry"] > 20  # or the fuzzer saw nothing at all
    assert len(statuses) > 40
    assert {
        name for name, found in statuses.items() if name.startswith("GET") and "{" not in name and 200 not in found
    } == set()
