"""One question, one number: in PDF, workbook, CSV, JSON, the mail’s figures and the API, to the cent."""

import csv
import datetime
import io
import json
import re
import shutil
import subprocess
from decimal import Decimal

import openpyxl
import pytest

from apps.accounts.models import Role
from apps.accounts.notation import notation_of
from apps.analytics.services import refresh_organization
from apps.core.context import organization_context
from apps.core.files import open_stored
from apps.core.periods import Period
from apps.reports.generation import generate
from apps.reports.models import ReportFile
from apps.reports.services import request_report
from tests.api.clients import client_of
from tests.builders import make_member, make_organization
from tests.imports.running import import_files

D = Decimal
PDFTOTEXT = shutil.which("pdftotext") or ""
AUGUST = Period(datetime.date(2018, 8, 1), datetime.date(2018, 8, 31))
ASKED = {"start_date": "2018-08-01", "end_date": "2018-08-31"}


def plain(text):
    return re.sub(r"\s+", " ", text.replace("\xa0", " ").replace("\u202f", " "))


@pytest.fixture
def olist(db, reference_data, settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    organization = make_organization("olist", timezone="America/Sao_Paulo", currency="BRL", locale="pt-BR")
    import_files(organization, "olist", sorted((reference_data / "olist_10k").glob("*.csv.gz")))
    refresh_organization(organization.pk)
    return organization


def contents(organization, report):
    with organization_context(organization.pk):
        files = list(ReportFile.objects.filter(report=report))
    found = {}
    for file in files:
        with open_stored(organization.pk, file.stored_name) as stored:
            found[file.format] = stored.read()
    return found


@pytest.mark.skipif(not PDFTOTEXT, reason="pdftotext reads a PDF back")
def test_every_surface_says_the_same_of_olist(olist, tmp_path):
    report = generate(
        request_report(
            organization=olist,
            report_type="revenue",
            period=AUGUST,
            parameters={},
            formats=["pdf", "xlsx", "csv", "json"],
            audiences=["masked"],
            trigger="command",
            created_by=None,
        ).pk
    )
    assert report.status == "succeeded", report.error
    client = client_of(make_member(olist, role=Role.ANALYST))
    answer = client.get("/api/analytics/revenue", ASKED).json(parse_float=D)
    figures = {key: D(answer["summary"][key]["value"]) for key in (
        "total_revenue", "net_revenue", "counted_orders", "average_order_value", "refund_amount",
    )}  # fmt: skip
    assert figures["total_revenue"] > 90_000
    notation = notation_of(olist)
    texts = {
        key: notation.number(value) if key == "counted_orders" else notation.money(value)
        for key, value in figures.items()
    }

    told = {figure["key"]: figure["value"] for figure in report.summary["masked"]["figures"]}
    assert told == texts
    shown = client.get(f"/api/reports/{report.pk}").json()["summary"]["figures"]
    assert {figure["key"]: figure["value"] for figure in shown} == texts

    files = contents(olist, report)
    (tmp_path / "report.pdf").write_bytes(files["pdf"])
    pdf = plain(subprocess.check_output([PDFTOTEXT, "-layout", tmp_path / "report.pdf", "-"], text=True))
    assert {key for key, text in texts.items() if plain(text) not in pdf} == set()

    assert {figure["key"]: D(str(figure["value"])) for figure in _figures(files["json"])} == figures

    days = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    total = next(column for column in days[0] if column.startswith("Total revenue") and "before" not in column)
    assert len(days) == 31
    assert sum(D(row[total]) for row in days) == figures["total_revenue"]
    trend = answer["trend"]["rows"]
    assert [D(row[total]) for row in days] == [D(row["total_revenue"]) for row in trend]

    workbook = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    cells = [cell.value for sheet in workbook for row in sheet.iter_rows() for cell in row]
    numbers = {D(str(value)).quantize(D("0.01")) for value in cells if isinstance(value, int | float)}
    assert {key for key, value in figures.items() if value.quantize(D("0.01")) not in numbers} == set()


def _figures(content):
    return json.loads(content, parse_float=D)["figures"]
