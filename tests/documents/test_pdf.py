"""PDFs as people and programs read them."""

import io
import re
import subprocess
import unicodedata
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.notation import Notation
from apps.documents.document import Section
from apps.documents.pdf.axes import apart, scale_of
from apps.documents.pdf.text import line_of, lines_of
from apps.documents.pdf.values import writer_of
from apps.documents.tables import Column, Kind, Table
from apps.documents.units import bare
from apps.documents.writing import MOST_ROWS_OF_A_PDF, DocumentError, Page, write, write_table
from tests.documents.programs import found, needed, text_of
from tests.documents.samples import NAMES, document, partners_table


def pdf_of(what, **options):
    file = io.BytesIO()
    (write_table if isinstance(what, Table) else write)(what, "pdf", file, **options)
    return file.getvalue()


def texts_table(rows, columns=1):
    return Table(
        title="Texts",
        columns=tuple(Column(f"text{number}", f"Text {number}") for number in range(columns)),
        rows=rows,
        currency="EUR",
        timezone="UTC",
    )


@pytest.fixture
def read(tmp_path):
    def text(what, **options):
        path = tmp_path / "read.pdf"
        path.write_bytes(pdf_of(what, **options))
        return text_of(path)

    return text


def plain(text):
    return unicodedata.normalize("NFKC", text)


@needed("pdftotext")
class TestReadBack:
    @pytest.mark.parametrize("script", [name for name in NAMES if name != "mixed"])
    def test_a_name_can_be_copied_out_in_its_script(self, read, script):
        text = plain(read(document()))
        assert text.count(plain(NAMES[script])) >= (2 if script != "thai" else 1)

    def test_markup_is_text(self, read):
        text = read(document(title='Revenue <b>&amp;"x</b>', organization="<para>&nbsp;</para>"))
        assert 'Revenue <b>&amp;"x</b>' in text
        assert "<para>&nbsp;</para>" in text

    def test_figures_come_first_with_their_change_and_both_periods(self, read):
        cover = read(document()).split("\f")[0]
        assert "EUR 104,268.42" in plain(cover)
        assert "▲ +7.4 %" in cover
        assert "1 – 30 Mar 2026" in cover
        assert "+EUR 7,164.31 against EUR 97,104.11" in plain(cover)
        assert "28 Feb 2026" in cover
        assert "No order has been completed yet." in cover

    def test_each_page_says_which_it_is_and_what_it_is_of(self, read):
        pages = read(document()).rstrip("\f").split("\f")
        for number, page in enumerate(pages, start=1):
            foot = page.rstrip().splitlines()[-1]
            assert foot.startswith("1 – 30 Mar 2026 · Europe/Berlin · as of 31 Mar 2026, 07:58")
            assert foot.endswith(f"Page {number} of {len(pages)}")

    def test_heads_repeat_on_each_page_and_the_total_ends_the_table(self, read):
        table = partners_table()
        rows = [(f"{number:05d}", *row[1:]) for number in range(3) for row in table.rows]
        pages = read(replace(table, rows=rows)).rstrip("\f").split("\f")
        assert len(pages) > 2
        assert all("Partner" in page and "Completion" in page for page in pages)
        assert [page.count("136,246.00") for page in pages] == [0] * (len(pages) - 1) + [1]

    def test_the_contents_name_the_pages_of_the_sections(self, read):
        pages = read(document()).split("\f")
        for title in ("Revenue by day", "Revenue by partner", "Definitions"):
            number = int(re.search(rf"^{title}\s+(\d+)$", pages[0], re.MULTILINE)[1])
            assert title in pages[number - 1]
            assert number > 1

    def test_what_does_not_fit_a_cell_ends_visibly(self, read):
        text = read(texts_table([("word " * 5_000, "x" * 32_767)], columns=2))
        assert text.count("…") == 2

    def test_numbers_of_wide_tables_are_whole(self, read):
        value = Decimal("123456789.25")
        table = Table(
            title="Wide",
            columns=(Column("name", "Name"), *(Column(f"c{n}", f"Column {n}", Kind.MONEY) for n in range(30))),
            rows=[("Partner", *(value + number for number in range(30)))],
            currency="EUR",
            timezone="UTC",
        )
        text = read(table)
        for number in range(30):
            assert f"{value + number:,}" in text

    def test_an_empty_table_says_so(self, read):
        assert "There are no rows." in read(texts_table([]))

    def test_rows_beyond_what_a_report_shows_are_counted(self, read, monkeypatch):
        monkeypatch.setattr("apps.documents.pdf.reports.MOST_ROWS", 25)
        section = Section(key="x", title="Many", table=texts_table((str(number),) for number in range(1_234)))
        assert "The first 25 of 1,234 rows" in read(document(sections=(section,)))

    def test_an_emoji_that_no_font_has_is_a_box(self, read):
        assert "a□b" in read(texts_table([("a\U0001fbfab",)]))

    def test_the_document_says_what_it_is_and_leads_to_its_sections(self, tmp_path):
        path = tmp_path / "read.pdf"
        path.write_bytes(pdf_of(document(), page=Page.LETTER))
        info = subprocess.run([found("pdfinfo"), str(path)], check=True, capture_output=True, text=True).stdout
        assert re.search(r"^Title: +Revenue$", info, re.MULTILINE)
        assert re.search(r"^Author: +Waschbär Marketplace GmbH$", info, re.MULTILINE)
        assert re.search(r"^Subject: +1 – 30 Mar 2026$", info, re.MULTILINE)
        assert "612 x 792 pts (letter)" in info
        data = path.read_bytes()
        assert b"/Lang (en" in data
        assert data.count(b"/Dest ") >= 4
        fonts = subprocess.run([found("pdffonts"), str(path)], check=True, capture_output=True, text=True).stdout
        assert {line.split()[-5] for line in fonts.splitlines()[2:]} == {"yes"}


class TestBytes:
    def test_the_same_document_gives_the_same_bytes(self):
        assert pdf_of(document()) == pdf_of(document())
        assert pdf_of(partners_table()) == pdf_of(partners_table())

    def test_another_clock_gives_another_date(self):
        other = document(created_at=document().created_at.replace(day=30))
        assert b"20260331060012" in pdf_of(document())
        assert b"20260330060012" in pdf_of(other)

    def test_a_table_that_is_too_long_for_a_pdf_is_refused(self):
        rows = (("x",) for _ in range(MOST_ROWS_OF_A_PDF + 1))
        with pytest.raises(DocumentError, match=r"10,000 rows.*CSV or XLSX"):
            pdf_of(texts_table(rows))


class TestText:
    @given(st.text(max_size=80))
    @settings(max_examples=150)
    def test_no_visible_letter_vanishes(self, text):
        shown = "".join(run.text for run in line_of(text).runs)
        visible = [
            letter
            for letter in unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
            if unicodedata.category(letter) not in {"Cf", "Mn"} and not _is_arabic(letter)
        ]
        assert len(shown) >= len(visible)

    @given(st.text(max_size=120), st.floats(30, 400))
    @settings(max_examples=100)
    def test_lines_are_no_wider_than_asked(self, text, width):
        for line in lines_of(text, 10, width):
            letters = sum(len(run.text) for run in line.runs)
            assert line.width * 10 / 1_000 <= width + 0.01 or letters == 1

    @given(st.text(max_size=200))
    @settings(max_examples=25)
    def test_any_text_can_be_written(self, text):
        assert pdf_of(texts_table([(text, text[::-1])], columns=2)).startswith(b"%PDF")

    def test_brackets_are_turned_where_the_text_reads_from_the_right(self):
        def letters(text):
            return plain("".join(run.text for run in line_of(text).runs))

        assert letters("abc (מכבסת) 12") == "abc (תסבכמ) 12"
        assert letters("מכבסת Blue 24 (א)") == "(א) Blue 24 תסבכמ"

    def test_a_line_of_japanese_begins_with_no_full_stop(self):
        for line in lines_of("これは長い文章です。" * 20, 10, 100):
            assert not line.runs[0].text.startswith("。")


class TestValues:
    @pytest.mark.parametrize("locale", ["en-GB", "de-DE", "fr-FR", "en-IN", "es-ES", "sv-SE", "ar-EG", "de-CH"])
    @given(value=st.decimals(-(10**9), 10**9, places=4))
    @settings(max_examples=30)
    def test_the_quick_way_writes_as_the_notation_does(self, locale, value):
        notation = Notation(locale, "EUR", "UTC")
        for kind in Kind:
            if kind.is_number:
                assert writer_of(Column("x", "X", kind), notation)(value) == bare(value, kind.value, notation)


class TestScales:
    @given(st.lists(st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-3), min_size=1, max_size=9))
    def test_every_value_lies_on_the_scale_and_bars_begin_at_zero(self, values):
        scale = scale_of(values, 0, 100, from_zero=True)
        assert all(-0.01 <= scale.at(value) <= 100.01 for value in [*values, 0.0])
        assert 2 <= len(scale.ticks) <= 9

    def test_labels_are_moved_apart(self):
        assert apart([50, 50, 50], 10, 0, 100) == [50, 60, 70]
        assert apart([98, 99, 10], 10, 0, 100) == [90, 100, 10]


def _is_arabic(letter):
    return "\u0600" <= letter <= "\u08ff" or "\ufb50" <= letter <= "\ufefc"


@needed("pdftotext")
@pytest.mark.parametrize("count", range(24, 40))
def test_what_a_table_does_not_list_is_said_where_it_begins(count, tmp_path):
    """Whatever its length: under the table, a page may end before the note, which then stands alone."""
    table = texts_table([[f"row {number:02}"] for number in range(count)])
    section = Section(key="listed", title="Listed", table=table, note="Not all are listed.")
    path = tmp_path / "listed.pdf"
    path.write_bytes(pdf_of(replace(document(), sections=(section,), definitions=())))
    (page,) = [page for page in text_of(path).split("\f") if "Not all are listed." in page]
    assert "row 00" in page
