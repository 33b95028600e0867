"""Hostile and careless files: each ends in the class of outcome that the reference list names for it."""

import base64
import csv
import datetime
import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from apps.core.context import organization_context
from apps.core.spreadsheets import guarded
from apps.imports.errors import FileError, ImportFailure
from apps.imports.models import ImportRun
from apps.imports.readers import csvfile, open_table
from apps.imports.selectors import rejected_csv
from apps.marketplace.models import Customer, Order
from tests.builders import make_organization
from tests.imports.running import import_text, rejected

REASONS = {
    "A01": (2, "amount", "is below 0"),
    "C03": (2, "currency", "is not the organization's currency"),
    "C05": (2, "currency", "is missing"),
    "C06": (2, "currency", "is not the organization's currency"),
    "D02": (2, "ordered_at", "there is no such day"),
    "D04": (2, "ordered_at", "the year is not between 1900 and 2199"),
    "D06": (2, "ordered_at", "the year is not between 1900 and 2199"),
    "D11": (2, "ordered_at", "there is no such time of day"),
    "D12": (2, "ordered_at", "there is no such time of day"),
    "D14": (2, "ordered_at", "there is no such local time in America/New_York: clocks were set forward"),
    "D18": (2, "ordered_at", "is not a date in the form that is expected"),
    "D23": (2, "ordered_at", "is not a date in the form that is expected"),
    "I09": (2, "customer", "has a NUL character"),
    "I10": (2, "customer", "has bytes that are not in the file's encoding"),
    "I17": (2, "", "has 9 columns where the header has 6"),
}
UTC = datetime.UTC
PLACED = {
    "D01": datetime.datetime(2024, 2, 29, 5, tzinfo=UTC),
    "D13": datetime.datetime(2024, 11, 3, 5, 30, tzinfo=UTC),
    "D15": datetime.datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
    "D16": datetime.datetime(2024, 5, 31, 20, tzinfo=UTC),
}


@pytest.fixture(scope="module")
def entries(reference_data) -> dict[str, list[dict]]:
    return json.loads((reference_data / "security" / "bad_inputs.json").read_text())


def shop_for(entry):
    zone = "Europe/Berlin" if "Berlin" in entry["expect"] else "America/New_York"
    return make_organization(f"shop-{entry['id'].lower()}", timezone=zone, currency="USD")


def orders_of(organization):
    with organization_context(organization.pk):
        return list(Order.objects.order_by("external_id"))


def test_every_csv_ends_as_the_list_says(db, entries, tmp_path):
    unlike = []
    for entry in entries["csv_imports"]:
        shop, content = shop_for(entry), base64.b64decode(entry["content_b64"])
        try:
            result = import_text(shop, "orders", content, tmp_path)
        except ImportFailure as failure:
            outcome = "reject_400" if str(failure).startswith("orders.csv") else f"unclear: {failure}"
        else:
            outcome = "reject_row" if result.rows_rejected else "accept_normalised"
            if any("organization_id was ignored" in warning for warning in result.warnings):
                outcome = "ignored"
        if outcome not in entry["expect"]:
            unlike.append((entry["id"], entry["desc"][:60], outcome))
        assert bool(orders_of(shop)) == (outcome in ("accept_normalised", "ignored")), entry["id"]
    assert unlike == []
    assert len(entries["csv_imports"]) > 40


def test_the_reasons_name_line_column_and_cause(db, entries, tmp_path):
    for entry in entries["csv_imports"]:
        if entry["id"] not in REASONS:
            continue
        shop = shop_for(entry)
        import_text(shop, "orders", base64.b64decode(entry["content_b64"]), tmp_path)
        line, column, reason = REASONS[entry["id"]]
        assert [(at, name) for at, name, _ in rejected(shop)] == [(line, column)], entry["id"]
        assert rejected(shop)[0][2].startswith(reason), entry["id"]


def test_instants_are_stored_as_they_were_meant(db, entries, tmp_path):
    for entry in entries["csv_imports"]:
        if entry["id"] in PLACED:
            shop = shop_for(entry)
            result = import_text(shop, "orders", base64.b64decode(entry["content_b64"]), tmp_path)
            assert [order.placed_at for order in orders_of(shop)] == [PLACED[entry["id"]]], entry["id"]
            warned = [warning for warning in result.warnings if "happens twice" in warning]
            assert bool(warned) == (entry["id"] in ("D13", "D15")), entry["id"]


def test_two_rows_of_one_id_with_other_content_are_both_refused(db, entries, tmp_path):
    entry = next(entry for entry in entries["csv_imports"] if entry["id"] == "I24")
    shop = shop_for(entry)
    import_text(shop, "orders", base64.b64decode(entry["content_b64"]), tmp_path)
    assert rejected(shop) == [
        (2, "external_id", "the same id has other content on line 3"),
        (3, "external_id", "the same id has other content on line 2"),
    ]


def test_a_column_that_names_an_organization_is_ignored_with_a_warning(db, entries, tmp_path):
    entry = next(entry for entry in entries["csv_imports"] if entry["id"] == "I15")
    shop, other = shop_for(entry), make_organization("other", currency="USD")
    result = import_text(shop, "orders", base64.b64decode(entry["content_b64"]), tmp_path)
    assert "organization_id was ignored" in result.warnings[0]
    assert (len(orders_of(shop)), len(orders_of(other))) == (1, 0)


HEADER = "external_id,customer,ordered_at,amount,currency,status\n"


def test_names_with_line_breaks_and_strange_letters_stay_whole(laundry, tmp_path):
    content = HEADER + 'O1,"Acme\nLtd",2024-06-01,10,USD,paid\nO2,\u202eevil\u200b,2024-06-02,1.5,USD,odd\n'
    import_text(laundry, "orders", content, tmp_path, valid_rows=True)
    with organization_context(laundry.pk):
        assert list(Customer.objects.values_list("external_id", flat=True)) == ["Acme\nLtd"]
    # The physical line, though a quoted line break came before it.
    assert rejected(laundry)[0][:2] == (4, "status")


def workbook(rows, **members) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    if not members:
        return target.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, members.get(name.rpartition("/")[2].partition(".")[0], old.read(name)))
    return changed.getvalue()


ROWS = [HEADER.strip().split(","), ["00123", 17, datetime.datetime(2024, 6, 1, 10), 12.5, "USD", "paid"]]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from Linux's /proc")
def test_a_workbook_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(laundry, tmp_path):
    script = (
        "import re, sys; from pathlib import Path; import django; django.setup()\n"
        "from apps.imports.readers import open_table; from apps.imports.errors import FileError\n"
        "try:\n"
        "    with open_table(Path(sys.argv[1]), name='bomb', encoding='utf-8', known_columns=(), decimal='.'): pass\n"
        "except FileError as error:\n"
        # The peak of this program alone: what getrusage says of it begins with the size of the process it forked from.
        "    peak = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())\n"
        "    print(error, int(peak[1]) // 1024)\n"
    )
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(300):
                sheet.write(bytes(1 << 20))
    run = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path.cwd(),
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
    )
    assert "would unpack to 314,572,808 bytes" in run.stdout
    assert int(run.stdout.split()[-1]) < 300


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (workbook(ROWS)[:2000], "cut off or damaged"),
        (
            workbook(
                ROWS,
                sheet1='<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>',
            ),
            "damaged or unsafe",
        ),
        (b"PK\x03\x04" + bytes(100), "cut off or damaged"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old or encrypted Excel workbook"),
        (gzip.compress(HEADER.encode() + b"O1,C1,2024-06-01,1,USD,paid\n" * 50, mtime=0)[:60], "cut off or damaged"),
        (HEADER.encode("utf-16"), "is UTF-16"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "does not begin with text"),
        (b'external_id,"customer\n', "line"),
        (b"a" * 1_500_000, "line of more than"),
        (b"", "is empty"),
        (b"\n\n", "no header"),
        (b"<html><body>", "has no column “external_id”"),
    ],
)
def test_what_is_no_table_is_refused_with_a_clear_error(laundry, tmp_path, content, message):
    with pytest.raises(FileError, match=r"orders\.csv") as caught:
        import_text(laundry, "orders", content, tmp_path)
    assert message in str(caught.value)


def test_a_gzip_bomb_ends_the_reading(laundry, tmp_path, monkeypatch):
    monkeypatch.setattr(csvfile, "_RATIO_COUNTS_FROM", 1 << 20)
    bomb = gzip.compress(HEADER.encode() + b"O1,C1,2024-06-01,1,USD,paid\n" * 200_000)
    with pytest.raises(FileError, match="not believable"):
        import_text(laundry, "orders", bomb, tmp_path)


def test_a_workbook_is_read_from_its_first_visible_sheet(laundry, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "hidden"
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("orders")
    for row in ROWS:
        sheet.append(row)
    sheet.append([1e15, "merged", "2024-06-02", "=1+1", "USD", "paid"])
    sheet.row_dimensions[2].hidden = True
    sheet.merge_cells("H1:I1")
    book.create_sheet("notes").append(["nothing"])
    target = io.BytesIO()
    book.save(target)
    import_text(laundry, "orders", target.getvalue(), tmp_path, name="o.xlsx", valid_rows=True)
    (order,) = orders_of(laundry)
    assert (order.external_id, str(order.total)) == ("00123", "12.50")
    assert order.placed_at == datetime.datetime(2024, 6, 1, 14, tzinfo=UTC)
    # The formula was never computed, so there is no value; a stored one would count.
    assert rejected(laundry) == [(3, "amount", "is missing")]


def test_a_sheet_that_claims_every_cell_is_read_by_what_it_holds(tmp_path):
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>external_id</t></is></c></row></sheetData></worksheet>'
    )
    path = tmp_path / "wide.xlsx"
    path.write_bytes(workbook(ROWS, sheet1=sheet))
    with open_table(path, name="wide.xlsx", encoding="utf-8", known_columns=(), decimal=".") as table:
        assert (table.header, list(table.rows())) == (["external_id"], [])


def test_a_row_that_claims_to_be_the_two_billionth_is_refused_at_once(tmp_path):
    cell = '<c r="A{0}" t="inlineStr"><is><t>external_id</t></is></c>'
    rows = "".join(f'<row r="{number}">{cell.format(number)}</row>' for number in (1, 2_000_000_000))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    path = tmp_path / "far.xlsx"
    path.write_bytes(workbook(ROWS, sheet1=f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'))
    with (
        open_table(path, name="far.xlsx", encoding="utf-8", known_columns=(), decimal=".") as table,
        pytest.raises(FileError, match="rows beyond 1,048,576"),
    ):
        list(table.rows())


def test_rejected_rows_run_nothing_in_a_spreadsheet_and_come_back_as_they_were(laundry, tmp_path):
    header = "external_id,name,phone,joined_at,=cmd\n"
    content = header + "C1,=HYPERLINK(0),+49 30 1234,2024-06-31,x\nC2,'=1, \u3000@a,2024-06-31,|x\n"
    import_text(laundry, "bellwether", content, tmp_path, name="=customers.csv", valid_rows=True)
    with organization_context(laundry.pk):
        run = ImportRun.objects.get()
        told = "".join(rejected_csv(run.pk))
    cells = [cell for row in csv.reader(io.StringIO(told)) for cell in row]
    assert [cell for cell in cells if guarded(cell) != cell and not cell.startswith("'")] == []
    assert {"'=cmd", "'=HYPERLINK(0)", "'+49 30 1234", "''=1", "'|x", "'=customers.csv"} <= set(cells)

    corrected = told.replace("2024-06-31", "2024-06-30")
    import_text(laundry, "bellwether", corrected, tmp_path, name="customers.csv")
    with organization_context(laundry.pk):
        kept = list(Customer.objects.order_by("external_id").values_list("name", "phone"))
    assert kept == [("=HYPERLINK(0)", "+49 30 1234"), ("'=1", "@a")]


def test_numbers_typed_into_a_workbook_read_as_a_spreadsheet_shows_them(tmp_path):
    path = tmp_path / "numbers.xlsx"
    path.write_bytes(workbook([["a", "b", "c", "d"], [1e15, 0.1 + 0.2, True, datetime.date(2024, 1, 2)]]))
    with open_table(path, name="numbers.xlsx", encoding="utf-8", known_columns=(), decimal=",") as table:
        assert [row.values for row in table.rows()] == [["1000000000000000", "0,3", "true", "2024-01-02"]]


def test_a_declared_number_format_is_the_only_one(laundry, tmp_path):
    from apps.imports.mapping.shipped import shipped_text

    numbers = 'numbers: {decimal: ",", thousands: ".", currency_signs: ["€"]}\n'
    values = ["1.234,56", "1234,5", "€ 7", "-", "1,234.56", "1.23,4", "12.5"]
    lines = [f"O{n};C1;2024-06-01;{value};USD;paid\n" for n, value in enumerate(values)]
    content = HEADER.replace(",", ";") + "".join(lines)
    import_text(laundry, "mine", content, tmp_path, text=numbers + shipped_text("orders"), valid_rows=True)
    assert [str(order.total) for order in orders_of(laundry)] == ["1234.56", "1234.50", "7.00"]
    assert [line for line, _, _ in rejected(laundry)] == [5, 6, 7, 8]
