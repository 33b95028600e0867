"""Workbooks as openpyxl and LibreOffice open them."""

import datetime
import errno
import gc
import io
import json
import re
import sys
import tempfile
import zipfile
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.escape import unescape

from apps.documents.document import Section
from apps.documents.tables import Column, Kind, Table
from apps.documents.workbooks import tables
from apps.documents.writing import write, write_table
from tests.documents.programs import calculated, needed
from tests.documents.samples import NAMES, days_table, document, partners_table


def opened(what, **options):
    file = io.BytesIO()
    (write_table if isinstance(what, Table) else write)(what, "xlsx", file)
    file.seek(0)
    return openpyxl.load_workbook(file, **options)


def texts_table(texts, **changed):
    fields = {
        "title": "Texts",
        "columns": (Column("text", "Text"),),
        "rows": [(text,) for text in texts],
        "currency": "EUR",
        "timezone": "UTC",
    }
    return Table(**(fields | changed))


def column(sheet, number):
    return [row[number].value for row in sheet.iter_rows(min_row=2)]


@pytest.fixture(scope="module")
def book():
    return opened(document())


@pytest.fixture(scope="module")
def calculated_book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    path = folder / "report.xlsx"
    with path.open("wb") as file:
        write(document(), "xlsx", file)
    _forget_values(path)
    return openpyxl.load_workbook(calculated(path, folder), data_only=True)


class TestDocument:
    def test_the_first_sheet_says_how_to_read_the_others(self, book):
        assert book.sheetnames == ["Overview", "Revenue by day", "Revenue by partner"]
        sheet = book["Overview"]
        texts = {row[0].value: [cell.value for cell in row[1:]] for row in sheet.iter_rows() if row[0].value}
        assert texts["Net revenue (EUR)"][:3] == [104268.42, 97104.11, "+7.4 %"]
        assert texts["Completion rate (%)"] == [None, None, None, "No order has been completed yet."]
        assert texts["Time zone"][0] == "Europe/Berlin"
        assert texts["Net revenue"][0].startswith("Total revenue less the refunds")
        link = next(
            cell for row in sheet.iter_rows() for cell in row if cell.value == "Revenue by partner" and cell.hyperlink
        )
        assert link.hyperlink.location == "'Revenue by partner'!A1"

    def test_numbers_days_and_times_are_what_they_are(self, book):
        sheet = book["Revenue by day"]
        first = sheet[2]
        assert [cell.value for cell in first[:4]] == [datetime.datetime(2026, 3, 1), 93, 2898.81, 0.35]
        assert [cell.number_format for cell in first[:3]] == ["yyyy-mm-dd", "#,##0", "#,##0.00"]
        # 23:30 UTC is 01:30 of the next day in Berlin, in summer time already.
        assert book["Revenue by partner"]["H2"].value == datetime.datetime(2026, 3, 31, 1, 30)
        assert book["Revenue by partner"]["A2"].value == "00000"

    def test_totals_are_formulas_where_a_column_adds_up_and_values_elsewhere(self, book):
        sheet = book["Revenue by day"]
        assert [cell.value for cell in sheet[32][:6]] == [
            "Total",
            "=SUBTOTAL(109,B2:B31)",
            "=SUBTOTAL(109,C2:C31)",
            "=SUBTOTAL(109,D2:D31)",
            "=SUBTOTAL(109,E2:E31)",
            31.72,
        ]

    def test_a_program_that_does_not_calculate_shows_the_totals_too(self):
        sheet = opened(document(), data_only=True)["Revenue by day"]
        assert [cell.value for cell in sheet[32][1:6]] == [3912, 124075.79, 2735.5, 121340.29, 31.72]

    def test_heads_stay_and_filter(self, book):
        sheet = book["Revenue by partner"]
        assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:H41")
        assert sheet.print_title_rows == "$1:$1"
        assert sheet["D1"].font.bold
        assert sheet.column_dimensions["B"].width > sheet.column_dimensions["C"].width

    def test_charts_draw_from_the_cells_beside_them(self, book):
        sheet = book["Revenue by day"]
        lines, parts = sheet._charts
        assert [type(chart).__name__ for chart in (lines, parts)] == ["LineChart", "BarChart"]
        assert parts.grouping == "stacked"
        values = lines.series[0].val.numRef.f
        cells = [cell.value for (cell,) in sheet[values.split("!")[1].replace("$", "")]]
        assert len(cells) == 30
        assert cells[:2] == [2898.81, 4831.6]
        assert cells[9] is None
        assert lines.display_blanks == "gap"
        assert len(parts.series) == 4

    @pytest.mark.parametrize(("currency", "format_"), [("EUR", "#,##0.00"), ("JPY", "#,##0"), ("TWD", "#,##0")])
    def test_amounts_have_the_digits_of_their_currency(self, currency, format_):
        sheet = opened(replace(days_table(), currency=currency)).active
        assert sheet["C2"].number_format == format_
        assert sheet["C1"].value == f"Total revenue ({currency})"


class TestNames:
    def test_sheets_have_names_that_are_allowed_and_differ(self):
        titles = ["Overview", "a/b:c*d?[e]\\f", "x" * 40, "X" * 40, "'quoted'", "history", "", "😀" * 30, "\x00\x07"]
        sections = tuple(
            Section(key=str(number), title=title, table=texts_table(["a"])) for number, title in enumerate(titles)
        )
        names = opened(replace(document(), sections=sections)).sheetnames
        assert len(names) == 10
        assert len({name.casefold() for name in names}) == 10
        for name in names:
            assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
            assert not re.search(r"[\[\]:*?/\\\x00-\x1f]|^'|'$|^history$", name)


class TestTexts:
    def test_nothing_that_begins_like_a_formula_is_one(self, reference_data):
        cases = json.loads((reference_data / "security" / "bad_inputs.json").read_text(encoding="utf-8"))
        texts = [case["value"] for case in cases["formula_injection"]]
        sheet = opened(texts_table(texts, columns=(Column("text", texts[0]),))).active
        assert {cell.data_type for (cell,) in sheet.iter_rows()} == {"s"}
        assert column(sheet, 0) == [text.replace("\r", "\n") for text in texts]

    def test_a_text_that_is_too_long_ends_in_a_mark(self):
        sheet = opened(texts_table(["x" * 32_767, "x" * 32_768, "😀" * 20_000])).active
        whole, cut, wide = column(sheet, 0)
        assert whole == "x" * 32_767
        assert cut.endswith(" … (cut here: a cell holds no more)")
        assert len(cut) == 32_767
        assert 32_766 <= len(wide.encode("utf-16-le")) // 2 <= 32_767

    def test_what_a_spreadsheet_would_decode_stays_as_it_is(self):
        sheet = opened(texts_table(["_x0041_"])).active
        assert sheet["A2"].value == "_x005F_x0041_"  # which spreadsheets show as _x0041_

    @given(st.lists(st.text(max_size=60), max_size=6))
    @settings(max_examples=60)
    def test_any_text_stays_but_for_what_xml_has_no_place_for(self, texts):
        def kept(text):
            text = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)
            text = re.sub("[\ufffe\uffff]", "\N{REPLACEMENT CHARACTER}", text)
            return text.replace("\r\n", "\n").replace("\r", "\n")

        sheet = opened(texts_table(texts)).active
        assert [unescape(value or "") for value in column(sheet, 0)] == [kept(text) for text in texts]


class TestSize:
    def test_a_sheet_that_is_full_is_followed_by_another(self, monkeypatch):
        monkeypatch.setattr(tables, "MOST_ROWS", 12)
        table = partners_table()
        book = opened(replace(table, rows=iter(table.rows)))
        assert book.sheetnames == ["Revenue by partner", *(f"Revenue by partner ({number})" for number in (2, 3, 4))]
        assert [sheet.max_row for sheet in book] == [11, 11, 11, 12]
        ids = [value for sheet in book for value in column(sheet, 0)]
        assert ids[:40] == [f"{number:05d}" for number in range(40)]
        assert book.worksheets[-1]["C12"].value == (
            "SUBTOTAL(109,'Revenue by partner'!C2:C11)+SUBTOTAL(109,'Revenue by partner (2)'!C2:C11)"
            "+SUBTOTAL(109,'Revenue by partner (3)'!C2:C11)+SUBTOTAL(109,C2:C11)"
        ).join(["=", ""])

    def test_days_before_the_calendar_of_spreadsheets_are_texts(self):
        table = texts_table([datetime.date(1899, 12, 31)], columns=(Column("day", "Day", Kind.DATE),))
        assert opened(table).active["A2"].value == "1899-12-31"


class FullDisk(io.BytesIO):
    def write(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")


class TestStopping:
    @pytest.fixture(autouse=True)
    def nothing_is_left(self, monkeypatch, tmp_path):
        """Fail the test when a stopped workbook leaves files, or something that complains when it is forgotten."""
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        complaints = []
        monkeypatch.setattr(sys, "unraisablehook", lambda told: complaints.append((told.object, told.exc_value)))
        yield
        gc.collect()
        assert complaints == []
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("rows", [0, 300, 700])
    @pytest.mark.parametrize("whole", [False, True], ids=["table", "document"])
    def test_rows_that_end_in_an_error_end_the_workbook(self, whole, rows, monkeypatch):
        monkeypatch.setattr(tables, "MOST_ROWS", 500)

        def stopped():
            yield from ((f"text {number}",) for number in range(rows))
            raise LookupError("stopped")

        table = texts_table([], rows=stopped())
        with pytest.raises(LookupError, match="stopped"):
            opened(document(sections=(Section(key="texts", title="Texts", table=table),)) if whole else table)

    @pytest.mark.parametrize("what", [days_table(), document()], ids=["table", "document"])
    def test_a_file_that_refuses_ends_the_workbook(self, what):
        with pytest.raises(OSError, match="No space left"):
            (write_table if isinstance(what, Table) else write)(what, "xlsx", FullDisk())

    def test_a_full_disk_for_the_sheets_ends_the_workbook(self, monkeypatch):
        monkeypatch.setattr("openpyxl.worksheet._writer.create_temporary_file", lambda: "/dev/full")
        with pytest.raises(OSError, match="No space left"):
            opened(texts_table([f"text {number}" for number in range(5000)]))

    def test_one_that_is_written_leaves_no_file(self):
        assert opened(partners_table()).active.max_row > 40


@needed("soffice")
class TestLibreOffice:
    def test_formulas_calculate_to_what_metrics_said(self, calculated_book):
        sheet = calculated_book["Revenue by day"]
        assert [Decimal(str(round(cell.value, 2))) for cell in sheet[32][1:5]] == [
            Decimal(3912),
            Decimal("124075.79"),
            Decimal("2735.5"),
            Decimal("121340.29"),
        ]

    def test_types_names_and_charts_are_kept(self, calculated_book):
        sheet = calculated_book["Revenue by partner"]
        assert column(sheet, 1)[:12] == list(NAMES.values())
        assert sheet["A2"].value == "00000"
        assert sheet["H2"].value == datetime.datetime(2026, 3, 31, 1, 30)
        assert [len(one._charts) for one in calculated_book] == [0, 2, 1]


def _forget_values(path):
    """Take the values of formulas out of a workbook, so that who reads it has to calculate."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts.items():
            book.writestr(name, re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", data))
