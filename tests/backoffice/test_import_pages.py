"""Imports in the admin, from the upload to the result; the worker's part is done by the service it calls."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.core.context import organization_context
from apps.core.models import JobRun
from apps.imports import services
from apps.imports.models import ImportRun, ImportStatus
from apps.marketplace.models import Order
from tests.backoffice.rows import make_import_run

pytestmark = pytest.mark.django_db(transaction=True)
ADD = "/admin/imports/importrun/add/"
LIST = "/admin/imports/importrun/"
HEADER = "OrderNumber,OrderDate,ItemName,Quantity,ProductPrice,TotalProducts\n"
GOOD = HEADER + "1,03/08/2019 20:25,Naan,2,2.50,1\n2,03/08/2019 20:30,Bhaji,1,3.95,1\n"
MIXED = GOOD + "3,03/08/2019 20:40,Naan,two,2.50,1\n4,31/31/2019 20:40,Naan,1,2.50,1\n"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.IMPORTS_DIR = tmp_path


@pytest.fixture
def handed_over(monkeypatch) -> list[Any]:
    """Collect the jobs for the worker, which `work` then does."""
    jobs: list[Any] = []
    monkeypatch.setattr(services, "_enqueue", jobs.append)
    return jobs


def work(jobs: list[Any]) -> None:
    while jobs:
        services.carry_out(job_id=jobs.pop(0))


def form(content: str, *, name: str = "orders.csv", **fields: Any) -> dict[str, Any]:
    upload = SimpleUploadedFile(name, content.encode())
    return {"mapping": "takeaway", "mode": "all_or_nothing", "uploads": [upload], **fields}


def orders_of(organization: Any) -> list[str]:
    with organization_context(organization.pk):
        return sorted(str(order.total) for order in Order.objects.all())


def state_of(organization: Any) -> str:
    with organization_context(organization.pk):
        return str(ImportRun.objects.get().status)


@pytest.fixture
def analyst(staff_cast, laundry, sign_in):
    return sign_in(staff_cast.analyst, laundry)


def test_files_are_previewed_first_and_written_when_confirmed(analyst, laundry, handed_over):
    page = analyst.post(ADD, form(GOOD))["Location"]
    waiting = analyst.get(page).content.decode()
    assert "Waiting for a worker" in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting

    work(handed_over)

    preview = analyst.get(page).content.decode()
    assert "Every row is valid" in preview
    assert "Import 6 changes" in preview  # two products, two orders, two lines
    assert "8.95" in preview
    assert orders_of(laundry) == []

    analyst.post(f"{page.removesuffix('change/')}commit/", {"mode": "all_or_nothing"})
    work(handed_over)

    assert "6 facts are new or different" in analyst.get(page).content.decode()
    assert orders_of(laundry) == ["3.95", "5.00"]
    assert "orders.csv" in analyst.get(LIST).content.decode()


def test_invalid_rows_are_shown_with_their_place_and_the_valid_ones_can_be_imported(analyst, laundry, handed_over):
    page = analyst.post(ADD, form(MIXED))["Location"]
    work(handed_over)
    preview = analyst.get(page)
    shown = [(row.line, row.column, row.value) for row in preview.context["rejected"]]
    assert shown == [(4, "Quantity", "two"), (5, "OrderDate", "31/31/2019 20:40")]
    assert "2 rows are invalid" in preview.content.decode()

    rejected = analyst.get(f"{page.removesuffix('change/')}rejected.csv")
    lines = b"".join(rejected.streaming_content).decode().splitlines()
    assert rejected["Content-Disposition"].startswith("attachment; ")
    assert len(lines) == 3
    assert lines[1].startswith('"orders.csv",4,"Quantity","two",')

    analyst.post(f"{page.removesuffix('change/')}commit/", {"mode": "valid_rows"})
    work(handed_over)

    assert state_of(laundry) == ImportStatus.COMMITTED
    assert orders_of(laundry) == ["3.95", "5.00"]
    assert "2 invalid rows were left out" in analyst.get(page).content.decode()


def test_viewers_read_no_row_as_it_came(analyst, staff_cast, laundry, sign_in, handed_over):
    page = analyst.post(ADD, form(MIXED))["Location"]
    work(handed_over)
    assert "31/31/2019" in analyst.get(page).content.decode()
    viewer = sign_in(staff_cast.viewer, laundry)
    shown = viewer.get(page)
    assert (shown.status_code, "31/31/2019" in shown.content.decode()) == (200, False)
    assert viewer.get(f"{page.removesuffix('change/')}rejected.csv").status_code == 403


@pytest.mark.parametrize("path", ["/admin/login/", ADD, "/api/imports"])
def test_an_upload_beyond_every_limit_is_refused_before_it_is_read(path, staff_cast, settings):
    settings.IMPORT_MAX_FILE_BYTES = 20
    client = Client(enforce_csrf_checks=True)
    client.get("/admin/login/")
    if path != "/admin/login/":
        client.force_login(staff_cast.analyst)
    read = []

    class Body(io.BytesIO):
        def read(self, size=-1):
            read.append(size)
            return super().read(size)

    boundary = b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"
    body = boundary + bytes(2 << 20) + b"\r\n--x--\r\n"
    told = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = client.generic("POST", path, b"", **told, **{"wsgi.input": Body(body)})
    assert (answer.status_code, read) == (413 if path.startswith("/api") else 400, [])


def test_all_rows_or_none_writes_none(analyst, laundry, handed_over):
    page = analyst.post(ADD, form(MIXED))["Location"]
    work(handed_over)
    analyst.post(f"{page.removesuffix('change/')}commit/")
    work(handed_over)
    assert state_of(laundry) == ImportStatus.REFUSED
    assert orders_of(laundry) == []
    assert "Nothing was written" in analyst.get(page).content.decode()


def test_the_same_files_lead_to_the_import_they_made_before(analyst, laundry, handed_over):
    first = analyst.post(ADD, form(GOOD))["Location"]
    work(handed_over)
    assert analyst.post(ADD, form(GOOD))["Location"] == first
    assert handed_over == []


def test_files_that_were_refused_can_be_sent_again_when_what_they_lacked_is_there(analyst, laundry, handed_over):
    first = analyst.post(ADD, form(MIXED))["Location"]
    work(handed_over)
    analyst.post(f"{first.removesuffix('change/')}commit/")
    work(handed_over)
    assert state_of(laundry) == ImportStatus.REFUSED
    assert analyst.post(ADD, form(MIXED))["Location"] != first
    assert len(handed_over) == 1


def test_a_file_of_the_wrong_kind_fails_and_says_what_still_holds(analyst, laundry, handed_over):
    page = analyst.post(ADD, form("not a table", name="orders.xlsx"))["Location"]
    work(handed_over)
    shown = analyst.get(page).content.decode()
    assert "The import stopped" in shown
    assert "Nothing of it was written" in shown


def test_a_preview_can_be_discarded(analyst, laundry, handed_over):
    page = analyst.post(ADD, form(GOOD))["Location"]
    work(handed_over)
    analyst.post(f"{page.removesuffix('change/')}cancel/")
    assert state_of(laundry) == ImportStatus.CANCELLED
    assert "was cancelled" in analyst.get(page).content.decode()
    again = analyst.post(f"{page.removesuffix('change/')}commit/", follow=True)
    assert "has ended" in again.content.decode()
    assert handed_over == []


def test_progress_is_told_in_figures(analyst, laundry, handed_over):
    page = analyst.post(ADD, form(GOOD))["Location"]
    JobRun.objects.update(status="running", progress=40, stage="checking rows", rows=1234)
    answer = analyst.get(f"{page.removesuffix('change/')}progress/")
    assert answer.json() == {
        "status": "previewing",
        "at_work": True,
        "waiting": False,
        "percent": 40,
        "stage": "Checking rows",
        "rows": "1,234",
    }
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"uploads": []}, "uploads", "This field is required"),
        ({"mapping": "nothing"}, "mapping", "not one of the available"),
        ({"mapping": "own"}, "mapping_file", "Choose the mapping file"),
        ({"mode": "some"}, "mode", "not one of the available"),
        ({"mapping": "own", "mapping_file": b"title: [unclosed"}, "mapping_file", "not YAML"),
        ({"mapping": "own", "mapping_file": b"title: A\nnonsense: 1\n"}, "mapping_file", "nonsense"),
        ({"mapping": "own", "mapping_file": b"\xff\xfe\x00"}, "mapping_file", "UTF-8"),
        ({"mapping": "own", "mapping_file": b"a" * 200_001}, "mapping_file", "200 kB"),
    ],
)
def test_what_is_wrong_with_the_form_is_said_at_its_field(fields, field, says, analyst, laundry, tmp_path):
    given = form(GOOD) | fields
    if "mapping_file" in given:
        given["mapping_file"] = SimpleUploadedFile("own.yaml", given["mapping_file"])
    answer = analyst.post(ADD, given)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert says in str(answer.context["form"].errors[field])
    assert list(tmp_path.rglob("*.csv")) == []
    with organization_context(laundry.pk):
        assert not ImportRun.objects.exists()


def test_a_file_above_the_limit_is_refused_at_its_field(analyst, laundry, settings, tmp_path):
    settings.IMPORT_MAX_FILE_BYTES = 20
    answer = analyst.post(ADD, form(GOOD))
    assert "limit for one file" in str(answer.context["form"].errors["uploads"])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_mapping_of_ones_own_is_read(analyst, laundry, handed_over):
    text = analyst.get("/admin/imports/importrun/mappings/takeaway.yaml").content
    own = SimpleUploadedFile("own.yaml", text)
    page = analyst.post(ADD, form(GOOD, mapping="own", mapping_file=own))["Location"]
    work(handed_over)
    assert "Every row is valid" in analyst.get(page).content.decode()


def test_files_meant_for_another_organization_are_not_taken(analyst, laundry, clinic):
    answer = analyst.post(ADD, form(GOOD, _organization=str(clinic.pk)))
    assert answer.context["form"].non_field_errors()
    with organization_context(laundry.pk):
        assert not ImportRun.objects.exists()


@pytest.mark.parametrize(("actor", "code"), [("viewer", 403), ("stranger", 404), ("staff", 403), ("removed", 403)])
def test_who_may_not_import_neither_commits_nor_cancels(actor, code, staff_cast, laundry, sign_in, handed_over):
    run = make_import_run(laundry)
    ImportRun._base_manager.filter(pk=run.pk).update(status=ImportStatus.PREVIEWED)
    client = sign_in(getattr(staff_cast, actor), laundry)
    for verb in ("commit", "cancel"):
        address = reverse(f"admin:imports_importrun_{verb}", args=[run.pk])
        assert client.post(address).status_code == code
    assert client.post(ADD, form(GOOD)).status_code == (302 if actor == "stranger" else 403)
    assert ImportRun._base_manager.get(pk=run.pk).status == ImportStatus.PREVIEWED
    assert orders_of(laundry) == []


@pytest.mark.parametrize(
    "path", ["mappings/nothing.yaml", "templates/nothing/lines.csv", "templates/takeaway/lines.exe"]
)
def test_a_template_that_is_not_shipped_is_not_there(path, analyst):
    assert analyst.get(f"{LIST}{path}").status_code == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_empty_files_can_be_downloaded(kind, analyst):
    answer = analyst.get(f"{LIST}templates/bellwether/orders.{kind}")
    assert answer.status_code == 200
    assert f'filename="bellwether-orders.{kind}"' in answer["Content-Disposition"]
    assert answer.content
