"""No cell of a file runs in a spreadsheet, and each can be told again as it was."""

import json

import pytest

from apps.core.spreadsheets import guarded, unguarded


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+49 30 1234",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1)",
        " =1",
        "\xa0=1",
        "\ufeff=1",
        "|calc",
        "＠x",
        "=",
    ],
)
def test_what_begins_like_a_formula_gets_an_apostrophe(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a; '=1;", "a; ''=1;"),
        ("a;;@x\t-y", "a;;'@x\t'-y"),
        ("a\r\n+1", "a\r\n'+1"),
        ("=1;=2", "'=1;'=2"),
        ("\t=1", "'\t'=1"),
    ],
)
def test_so_does_what_another_separator_would_make_a_cell_of_its_own(text, safe):
    assert (guarded(text), unguarded(safe)) == (safe, text)


@pytest.mark.parametrize(
    "text", ["", "a=1", "-5.25", "+12", "-1,234.50", "O'Neill", "'quoted'", "10-20", "\t", "'", "a,=1", "a; b", "1;2"]
)
def test_everything_else_stays_as_it_is(text):
    assert (guarded(text), unguarded(text)) == (text, text)


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", "-5", "'-5", " '=", "plain", "a;=", "'a;'=", "a;''=\n-"])
def test_a_guard_can_be_taken_off_again(text):
    assert unguarded(guarded(text)) == text


def test_every_formula_of_the_list_is_guarded(reference_data):
    entries = json.loads((reference_data / "security" / "bad_inputs.json").read_text())["formula_injection"]
    assert [entry["id"] for entry in entries if guarded(entry["value"]) == entry["value"]] == []
