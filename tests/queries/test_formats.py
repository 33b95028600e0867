"""What an export holds, read back from each format."""

import csv
import datetime
import hashlib
import io
import json
import subprocess
import zoneinfo
from decimal import Decimal

import openpyxl
import pytest

from apps.core.context import organization_context
from apps.marketplace.models import Customer, Order
from apps.queries.datasets import DATASETS
from tests.analytics.records import refresh
from tests.builders import (
    NOON,
    make_customer,
    make_interaction,
    make_line,
    make_order,
    make_partner,
    make_payment,
    make_refund,
    make_segment,
)
from tests.queries.conftest import ask, ask_metrics, carry_out, content

pytestmark = pytest.mark.django_db
ZONE = zoneinfo.ZoneInfo("America/New_York")


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


@pytest.fixture
def orders(laundry, clinic):
    """Three orders of the laundry, in the order of the file, and one of somebody else."""
    customer = make_customer(laundry, name="Anna, “the” boss", external_id="anna@example.com")
    partner = make_partner(laundry, name="Line\nbreak", external_id="007")
    make_order(clinic, number="theirs")
    return [
        make_order(laundry, number="first", customer=customer, partner=partner, total=Decimal("12.50")),
        make_order(
            laundry, number="0042", placed_at=NOON + datetime.timedelta(hours=1, microseconds=250000),
            basket_reference='say "hi"', external_id="",
        ),
        make_order(laundry, number="third", placed_at=NOON + datetime.timedelta(days=300), status="completed"),
    ]  # fmt: skip


def test_a_csv_has_every_column_of_every_row_as_it_is(cast, laundry, orders, exported):
    rows = table(exported(laundry, cast.analyst, "orders"))
    assert [row["number"] for row in rows] == ["first", "0042", "third"]
    assert list(rows[0]) == [column.key for column in DATASETS["orders"].columns]
    told = rows[0]
    assert told["id"] == str(orders[0].pk)
    assert (told["customer_id"], told["customer_name"]) == (str(orders[0].customer_id), "Anna, “the” boss")
    assert (told["customer_external_id"], told["partner_external_id"]) == ("anna@example.com", "007")
    assert (told["partner_name"], told["total"], told["status"]) == ("Line\nbreak", "12.50", "accepted")
    assert (told["placed_at"], told["accepted_at"]) == ("2026-03-10T08:00:00-04:00", "")
    assert rows[1]["basket_reference"] == 'say "hi"'
    assert datetime.datetime.fromisoformat(rows[1]["placed_at"]) == orders[1].placed_at
    assert rows[2]["placed_at"] == "2027-01-04T07:00:00-05:00"
    assert {key for key in told if key.startswith(("organization", "user"))} == set()


def test_lines_end_as_the_standard_says_and_the_mark_is_there_only_when_asked_for(cast, laundry, orders, exported):
    plain = exported(laundry, cast.analyst, "orders", columns=["number", "partner_name"])
    assert plain == b'"number","partner_name"\r\n"first","Line\nbreak"\r\n"0042",\r\n"third",\r\n'
    assert exported(laundry, cast.analyst, "orders", columns=["number"], has_byte_order_mark=True)[:9] == (
        b'\xef\xbb\xbf"numbe'
    )


def test_a_workbook_has_numbers_dates_and_texts(cast, laundry, orders, exported):
    sheet = openpyxl.load_workbook(io.BytesIO(exported(laundry, cast.analyst, "orders", "xlsx"))).active
    head, *rows = list(sheet.values)
    keys = [column.key for column in DATASETS["orders"].columns]
    assert len(head) == len(keys)
    found = [dict(zip(keys, row, strict=True)) for row in rows]
    assert [row["number"] for row in found] == ["first", "0042", "third"]
    assert (found[0]["total"], found[0]["partner_external_id"]) == (12.5, "007")
    assert found[0]["placed_at"] == datetime.datetime(2026, 3, 10, 8, 0)


def test_json_is_an_array_of_objects(cast, laundry, orders, exported):
    found = json.loads(exported(laundry, cast.analyst, "orders", "json"), parse_float=Decimal)
    assert [row["number"] for row in found] == ["first", "0042", "third"]
    assert found[0]["total"] == Decimal("12.50")
    assert found[0]["customer_id"] == str(orders[0].customer_id)
    assert datetime.datetime.fromisoformat(found[1]["placed_at"]) == orders[1].placed_at
    assert found[0]["placed_at"].endswith("-04:00")
    assert found[0]["accepted_at"] is None


def test_a_pdf_has_the_rows_as_text(cast, laundry, orders, tmp_path):
    export = carry_out(ask(laundry, cast.analyst, "orders", "pdf", columns=["number", "customer_name", "total"]))
    assert (export.status, export.rows) == ("succeeded", 3), export.error
    path = tmp_path / export.name
    path.write_bytes(content(export))
    read = subprocess.run(["/usr/bin/pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True)
    about, rows = ("Laundry", "everything there was", "As of"), ("first", "0042", "third", "Anna, “the” boss", "12.50")
    for told in (*about, *rows):
        assert told in read.stdout, told


def test_a_workbook_tells_the_zone_of_its_instants(cast, laundry, orders, exported):
    data = exported(laundry, cast.analyst, "orders", "xlsx", columns=["number", "placed_at", "total"])
    head = next(openpyxl.load_workbook(io.BytesIO(data)).active.values)
    assert head == ("Number", "Placed at (America/New_York)", "Total (USD)")


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_no_rows_are_a_file_too(format_, cast, laundry, exported):
    data = exported(laundry, cast.analyst, "products", format_, columns=["name"])
    assert data == {"csv": b'"name"\r\n', "json": b"[]\n"}[format_]


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_every_dataset_has_the_rows_of_its_organization_in_every_format(dataset, cast, laundry, clinic, exported):
    for organization in (laundry, clinic):
        customer = make_customer(organization)
        order = make_order(organization, customer=customer, partner=make_partner(organization))
        make_line(order)
        make_payment(order)
        make_refund(organization, order=order)
        make_interaction(customer, successful=True)
        make_segment(organization, rule={"a": "=1"})
    with organization_context(laundry.pk):
        model = DATASETS[dataset].model
        expected = model._default_manager.count()
    rows = table(exported(laundry, cast.analyst, dataset))
    assert len(rows) == expected
    found = json.loads(exported(laundry, cast.analyst, dataset, "json"))
    assert [list(row) for row in found] == [list(row) for row in rows]


def test_a_question_to_the_metrics_gives_the_table_of_the_api(cast, laundry, exported):
    for day in range(3):
        make_order(laundry, placed_at=NOON + datetime.timedelta(days=day), total=Decimal("10.10"))
    refresh(laundry)
    question = {
        "metrics": ["total_revenue", "order_count"], "grain": "day", "compare": "previous_period",
        "start_date": "2026-03-10", "end_date": "2026-03-12",
    }  # fmt: skip
    export = carry_out(ask_metrics(laundry, cast.viewer, "json", **question))
    assert (export.status, export.error) == ("succeeded", "")
    rows = json.loads(content(export), parse_float=Decimal)
    assert [(row["date"], row["total_revenue"], row["order_count"]) for row in rows] == [
        (f"2026-03-{day}", Decimal("10.10"), 1) for day in (10, 11, 12)
    ]
    assert {(row["total_revenue_earlier"], row["total_revenue_change_percent"]) for row in rows} == {(0, None)}
    assert export.as_of is not None
    del question["compare"], question["grain"]
    written = carry_out(ask_metrics(laundry, cast.viewer, "csv", **question))
    assert content(written).decode().splitlines() == ['"Total revenue (USD)","Orders"', "30.30,3"]


@pytest.mark.parametrize("format_", ["csv", "xlsx", "json"])
def test_the_manifest_tells_the_same_as_the_file(format_, cast, laundry, orders):
    export = carry_out(ask(laundry, cast.analyst, "orders", format_, filters={"status": ["completed"]}))
    data = content(export)
    manifest = export.manifest
    assert manifest["file"] == {
        "name": export.name, "format": format_, "rows": 1, "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }  # fmt: skip
    assert (export.sha256, export.size, export.rows) == (manifest["file"]["sha256"], len(data), 1)
    assert manifest["filters"] == {"status": ["completed"]}
    assert [column["key"] for column in manifest["columns"]] == [column.key for column in DATASETS["orders"].columns]
    assert manifest["organization"]["timezone"] == "America/New_York"
    assert manifest["definition_version"] == DATASETS["orders"].version
    assert datetime.datetime.fromisoformat(manifest["as_of"]) == export.as_of
    assert export.name.startswith("laundry-Orders-")
    assert export.name.endswith(f".{format_}")


def test_a_masked_column_is_masked_before_it_leaves_the_database(cast, laundry, exported):
    address = "anna.berg@example.com"
    customer = make_customer(laundry, name="Anna", email=address, phone="+4915112345678", external_id=address)
    make_order(laundry, customer=customer)
    for format_ in ("csv", "json", "xlsx"):
        export = carry_out(ask(laundry, cast.viewer, "customers", format_))
        assert (export.status, export.has_contact_details) == ("succeeded", False)
        assert address.encode() not in content(export)
    (row,) = table(exported(laundry, cast.viewer, "customers"))
    assert (row["email"], row["phone"], row["external_id"]) == ("a***@***", "***78", "a***@***")
    (order,) = table(exported(laundry, cast.viewer, "orders"))
    assert order["customer_external_id"] == "a***@***"
    full = carry_out(ask(laundry, cast.analyst, "customers"))
    assert full.has_contact_details
    (row,) = table(content(full))
    assert (row["email"], row["phone"], row["external_id"]) == (address, "'+4915112345678"[1:], address)


def test_an_export_reads_back_as_what_was_stored(cast, laundry, exported):
    names = ["plain", "with, comma", 'with "quotes"', "two\nlines", "tab\there", "naïve 漢字 🎉"]
    for number, name in enumerate(names):
        make_customer(laundry, name=name, external_id=f"{number:03}")
    rows = table(exported(laundry, cast.analyst, "customers"))
    with organization_context(laundry.pk):
        stored = dict(Customer.objects.values_list("external_id", "name"))
        assert Order.objects.count() == 0
    assert {row["external_id"]: row["name"] for row in rows} == stored
