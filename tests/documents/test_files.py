"""A table as CSV and as a workbook."""

import csv
import datetime
import io
from decimal import Decimal

import openpyxl

from apps.documents.csv import csv_lines
from apps.documents.tables import Column, Kind, Table
from apps.documents.xlsx import write_workbook

INSTANT = datetime.datetime(2026, 3, 10, 23, 30, tzinfo=datetime.UTC)
TABLE = Table(
    title="Refunds: by [reason]",
    columns=(
        Column("name", "Name"),
        Column("amount", "Amount", Kind.MONEY),
        Column("day", "Day", Kind.DATE),
        Column("at", "At", Kind.INSTANT),
        Column("rate", "Rate", Kind.PERCENT),
    ),
    rows=[
        ["=1+1", Decimal("-12.50"), datetime.date(2026, 3, 10), INSTANT, Decimal("6.67")],
        ['Quote " and\nline', None, None, None, None],
        ["00123\x07", Decimal(0), None, None, None],
    ],
    total=["Total", Decimal("-12.50"), None, None, None],
    currency="EUR",
    timezone="Europe/Berlin",
)


def test_csv_is_read_back_and_no_text_is_a_formula():
    text = "".join(csv_lines(TABLE))
    assert text.endswith("\r\n")
    assert list(csv.reader(io.StringIO(text))) == [
        ["Name", "Amount (EUR)", "Day", "At", "Rate (%)"],
        ["'=1+1", "-12.50", "2026-03-10", "2026-03-11T00:30:00+01:00", "6.67"],
        ['Quote " and\nline', "", "", "", ""],
        ["00123\x07", "0", "", "", ""],
    ]


def test_a_workbook_has_numbers_dates_and_texts_that_stay_texts():
    sheet = openpyxl.load_workbook(write_workbook(TABLE)).active
    first = [cell.value for cell in sheet[2]]
    assert sheet.title == "Refunds  by  reason"
    assert first == ["=1+1", -12.5, datetime.datetime(2026, 3, 10), datetime.datetime(2026, 3, 11, 0, 30), 6.67]
    assert sheet["A2"].data_type == "s"
    assert sheet["B2"].number_format == "#,##0.00"
    assert sheet["A4"].value == "00123\N{REPLACEMENT CHARACTER}"
    assert [cell.value for cell in sheet[5]][:2] == ["Total", -12.5]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:E4"
