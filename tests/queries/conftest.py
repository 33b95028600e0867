"""Exports that a test asks for and carries out in its own process."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.access import Access, find_access
from apps.accounts.models import Organization, User
from apps.core.context import organization_context
from apps.core.files import open_stored
from apps.core.jobs import latest_job
from apps.core.models import JobTrigger
from apps.queries.exports import running
from apps.queries.models import DataExport
from apps.queries.services import Asker, request_export, request_metric_export


@pytest.fixture(autouse=True)
def files_of_the_test(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


def access_to(organization: Organization, user: User) -> Access:
    access = find_access(user, str(organization.pk))
    assert access is not None
    return access


def asker_of(organization: Organization, user: User) -> Asker:
    return Asker(access=access_to(organization, user), trigger=JobTrigger.API, address="192.0.2.7")


def ask(organization: Organization, user: User, dataset: str, format_: str = "csv", **options: Any) -> DataExport:
    return request_export(asker=asker_of(organization, user), dataset=dataset, format_=format_, **options)


def ask_metrics(organization: Organization, user: User, format_: str = "csv", **question: Any) -> DataExport:
    return request_metric_export(asker=asker_of(organization, user), format_=format_, question=question)


def carry_out(export: DataExport, **options: Any) -> DataExport:
    job = latest_job(export.pk)
    assert job is not None
    done = running.carry_out(job_id=job.pk, **options)
    assert done is not None
    return done


def content(export: DataExport) -> bytes:
    with open_stored(export.organization_id, export.stored_name) as file:
        return file.read()


@pytest.fixture
def exported() -> Callable[..., bytes]:
    """Ask for an export, have it written, and return what the file holds."""

    def make(organization: Organization, user: User, dataset: str, format_: str = "csv", **options: Any) -> bytes:
        done = carry_out(ask(organization, user, dataset, format_, **options))
        assert (done.status, done.error) == ("succeeded", "")
        return content(done)

    return make


def reloaded(export: DataExport) -> DataExport:
    with organization_context(export.organization_id):
        return DataExport.objects.get(pk=export.pk)
