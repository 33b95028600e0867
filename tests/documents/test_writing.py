"""Documents and tables in every format, opened again."""

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from apps.core.spreadsheets import unguarded
from apps.documents.tables import Column, Kind, Table
from apps.documents.writing import CONTENT_TYPES, DocumentError, write, write_table
from tests.documents.programs import calculated, needed
from tests.documents.samples import NAMES, days_table, document, partners_table


def written(what, format_, **options):
    file = io.BytesIO()
    count = (write_table if isinstance(what, Table) else write)(what, format_, file, **options)
    return count, file.getvalue()


def read_csv(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def texts_table(texts):
    return Table(
        title="Texts",
        columns=(Column("text", "Text"), Column("amount", "Amount", Kind.MONEY)),
        rows=[(text, Decimal("-0.50")) for text in texts],
        currency="EUR",
        timezone="UTC",
    )


@pytest.mark.parametrize(("format_", "count"), [("csv", 30), ("json", 70), ("xlsx", 70), ("pdf", 70)])
def test_each_format_says_how_many_rows_were_written(format_, count):
    assert format_ in CONTENT_TYPES
    assert written(document(), format_)[0] == count
    assert written(partners_table(), format_)[0] == 40


def test_a_format_that_is_not_there_is_named():
    for what in (document(), days_table()):
        with pytest.raises(DocumentError, match=r"“docx”.*pdf, xlsx, csv, json"):
            written(what, "docx")


def test_rows_are_read_once():
    table = partners_table()
    for format_ in ("csv", "json", "xlsx"):
        assert written(replace(table, rows=iter(table.rows)), format_)[0] == 40


class TestCsv:
    def test_it_is_the_first_table_and_reads_back_equal(self):
        rows = read_csv(written(document(), "csv")[1])
        table = days_table()
        assert rows[0] == [
            "Day",
            "Orders",
            "Total revenue (EUR)",
            "Refunds (EUR)",
            "Net revenue (EUR)",
            "Average order value (EUR)",
        ]
        assert rows[1:] == [[row[0].isoformat(), *map(str, row[1:])] for row in table.rows]

    @needed("soffice")
    def test_whatever_separates_cells_no_text_begins_a_formula_within_itself(self, tmp_path):
        texts = ["a;=1+1", "a\t=1+1", "a,=1+1", 'a";=1+1', "=1+1", ";=1+1"]
        path = tmp_path / "texts.csv"
        path.write_bytes(written(texts_table(texts), "csv")[1])
        for separator in ";,\t":
            reads = f"--infilter=CSV:{ord(separator)},34,76,1"
            sheet = load_workbook(calculated(path, tmp_path, reads)).active
            cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
            assert [cell.value for cell in cells if cell.data_type == "f"] == [], separator

    def test_it_follows_rfc_4180_and_the_mark_is_optional(self):
        data = written(partners_table(), "csv")[1]
        assert data.startswith(b'\xef\xbb\xbf"Id","Partner",')
        assert written(partners_table(), "csv", byte_order_mark=False)[1] == data[3:]
        assert data.count(b"\r\n") == 41
        assert b',"<b>&""x",' in data

    def test_names_in_every_script_and_ids_with_zeros_stay(self):
        rows = read_csv(written(partners_table(), "csv")[1])
        assert [row[1] for row in rows[1:13]] == list(NAMES.values())
        assert rows[1][0] == "00000"

    def test_a_document_without_a_table_has_its_figures(self):
        bare = replace(document(), sections=())
        rows = read_csv(written(bare, "csv")[1])
        assert rows[1] == ["Net revenue", "EUR", "104268.42", "97104.11", ""]
        assert rows[5] == ["Completion rate", "percent", "", "", "No order has been completed yet."]

    @given(st.lists(st.text(max_size=40), max_size=8))
    def test_any_text_reads_back(self, texts):
        rows = read_csv(written(texts_table(texts), "csv")[1])[1:]
        assert [unguarded(row[0]) for row in rows] == texts
        assert {row[1] for row in rows} <= {"-0.50"}


class TestJson:
    def test_numbers_are_exact_and_days_are_iso(self):
        read = json.loads(written(document(), "json")[1], parse_float=Decimal)
        assert read["figures"][0]["value"] == Decimal("104268.42")
        assert read["figures"][4]["value"] is None
        assert read["created_at"] == "2026-03-31T08:00:12+02:00"
        days, partners = (section["table"] for section in read["sections"])
        assert days["rows"][0] == {
            "date": "2026-03-01",
            "order_count": 93,
            "total_revenue": Decimal("2898.81"),
            "refund_amount": Decimal("0.35"),
            "net_revenue": Decimal("2898.46"),
            "average_order_value": Decimal("31.17"),
        }
        assert days["total"]["order_count"] == 3912
        assert partners["rows"][0]["last_order_at"] == "2026-03-31T01:30:00+02:00"
        assert [row["partner"] for row in partners["rows"][:12]] == list(NAMES.values())
        assert read["sections"][0]["charts"][0]["series"][0]["values"][9] is None

    def test_a_number_with_more_digits_than_a_float_keeps_them(self):
        table = replace(texts_table([]), rows=[("x", Decimal("12345678901234567.89"))])
        assert b'"amount":12345678901234567.89}' in written(table, "json")[1]

    def test_a_table_without_rows_is_whole(self):
        read = json.loads(written(texts_table([]), "json")[1])
        assert (read["rows"], read["total"]) == ([], None)

    @given(st.lists(st.text(max_size=40), max_size=8))
    def test_any_text_reads_back(self, texts):
        read = json.loads(written(texts_table(texts), "json")[1])
        assert [row["text"] for row in read["rows"]] == texts


def test_no_dangerous_text_is_a_formula_in_any_format(reference_data):
    cases = json.loads((reference_data / "security" / "bad_inputs.json").read_text(encoding="utf-8"))
    texts = [case["value"] for case in cases["formula_injection"]]
    assert len(texts) > 15
    table = replace(
        texts_table(texts),
        columns=(Column("text", texts[0]), Column("amount", "Amount", Kind.MONEY)),
    )
    rows = read_csv(written(table, "csv")[1])
    assert all(row[0].startswith("'") for row in rows)
    assert [unguarded(row[0]) for row in rows[1:]] == texts
    assert {row[1] for row in rows[1:]} == {"-0.50"}
