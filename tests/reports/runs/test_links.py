"""Addresses that give one file to whoever has them: hard to guess, quick to end, written down."""

import datetime
import hashlib
import json

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.core.filenames import file_name
from apps.reports.errors import ReportRefused
from apps.reports.generation import generate
from apps.reports.models import ReportDownload, ReportFile, ReportLink
from apps.reports.services import make_link, revoke_link
from tests.api.clients import client_of

DAY = datetime.timedelta(days=1)


@pytest.fixture
def file(ask, example_day):
    done = generate(ask(formats=["csv"], audiences=["masked"]).pk)
    with organization_context(example_day.pk):
        return ReportFile.objects.select_related("report").get(report=done)


@pytest.fixture
def path(file):
    return make_link(file, recipient="board@laundry.example", created_by=None)


def links(file):
    with organization_context(file.organization_id):
        return list(ReportLink.objects.all())


def downloads(file):
    with organization_context(file.organization_id):
        return list(ReportDownload.objects.values_list("file", "link__recipient", "user", "address"))


def test_an_address_gives_the_file_without_a_sign_in_and_is_written_down(file, path):
    answer = client_of().get(path, REMOTE_ADDR="203.0.113.9", headers={"Accept": "text/html,*/*;q=0.8"})
    content = b"".join(answer.streaming_content)
    assert (answer.status_code, hashlib.sha256(content).hexdigest(), len(content)) == (200, file.sha256, file.size)
    assert {name: answer[name] for name in (
        "Content-Type", "Content-Disposition", "X-Content-Type-Options", "Cache-Control", "Referrer-Policy",
    )} == {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    }  # fmt: skip
    assert downloads(file) == [(file.pk, "board@laundry.example", None, "203.0.113.9")]


def test_only_a_digest_is_kept_and_the_secret_has_256_bits(file, path):
    token = path.rpartition("/")[2]
    (link,) = links(file)
    assert len(token) == 43
    assert token not in json.dumps(list(vars(link).values()), default=str)
    assert link.digest == hashlib.sha256(token.encode()).hexdigest()
    assert link.expires_at <= timezone.now() + 7 * DAY
    assert make_link(file, recipient="", created_by=None) != path


def refused(path):
    answer = client_of().get(path)
    return answer.status_code, answer.content


def test_whatever_is_wrong_with_an_address_looks_the_same(file, path, clinic, example_day):
    head, token = path.rsplit("/", 1)
    unknown = refused(f"{head}/{'A' * 43}")
    assert unknown[0] == 404
    assert "This link gives no file, or none any more" in unknown[1].decode()  # a person came by it
    assert refused(path.replace(example_day.pk.hex, clinic.pk.hex)) == unknown
    assert refused(path.replace(example_day.pk.hex, "0" * 32)) == unknown
    assert refused(f"{head}/{token[:-1]}") == unknown
    with time_machine.travel(timezone.now() + 8 * DAY):
        assert refused(path) == unknown
    Organization.objects.filter(pk=example_day.pk).update(is_active=False)
    assert refused(path) == unknown
    Organization.objects.filter(pk=example_day.pk).update(is_active=True)
    with organization_context(example_day.pk):
        ReportFile.objects.filter(pk=file.pk).update(stored_name="")
    assert refused(path) == unknown
    assert downloads(file) == []


def test_an_address_ends_at_once_when_it_is_revoked(file, path):
    (link,) = links(file)
    assert client_of().get(path).getvalue()
    revoke_link(link)
    assert refused(path)[0] == 404
    assert not link.is_open
    assert len(downloads(file)) == 1


def test_an_address_never_outlives_its_file_and_begins_no_earlier_than_now(file):
    make_link(file, recipient="", created_by=None, expires_at=timezone.now() + 1000 * DAY)
    assert links(file)[0].expires_at == file.report.expires_at
    with pytest.raises(ReportRefused, match="expires_at"):
        make_link(file, recipient="", created_by=None, expires_at=timezone.now() - DAY)


def test_a_look_is_no_download(path, file):
    assert client_of().head(path).status_code == 405
    assert downloads(file) == []


def test_names_of_files_are_harmless_whatever_a_business_is_called(reference_data, ask, example_day):
    cases = json.loads((reference_data / "security" / "bad_inputs.json").read_text(encoding="utf-8"))
    for case in cases["report_names_and_paths"]:
        Organization.objects.filter(pk=example_day.pk).update(name=case["value"][:200])
        example_day.refresh_from_db()
        done = generate(ask(organization=example_day, formats=["csv"], audiences=["masked"]).pk)
        with organization_context(example_day.pk):
            file = ReportFile.objects.select_related("report").get(report=done)
        answer = client_of().get(make_link(file, recipient="", created_by=None))
        assert answer.getvalue()
        told = answer["Content-Disposition"]
        assert told.startswith("attachment; filename"), case["id"]
        assert file.name == file_name(file.name.removesuffix(".csv"), "csv")
        assert not set(file.name) & set('/\\:*?"<>|\r\n\x00\u202e;%'), case["id"]
        assert not file.name.startswith((".", "~", "-")), case["id"]
        assert told.endswith((f'"{file.name}"', ".csv")), case["id"]


def test_a_link_is_made_of_what_can_be_told_of_it_and_of_nothing_else(file, analyst):
    client = client_of(analyst)
    address = f"/api/reports/{file.report_id}/files/{file.pk}/links"
    answer = client.post(address, {"expire_at": "2026-03-12T00:00:00Z"})
    assert (answer.status_code, list(answer.json()["error"]["details"]["fields"])) == (400, ["expire_at"])
    assert links(file) == []
