"""Mappings that say something wrong: the error names the file, the key, and what was expected."""

import pytest
import yaml

from apps.imports.errors import MappingError
from apps.imports.formats import compile_format
from apps.imports.mapping.reader import read_mapping
from apps.imports.mapping.shipped import shipped_mappings

COLUMNS = {"key": {"column": "Id"}, "at": {"type": "instant"}, "price": {"type": "amount"}}


def mapping(**changes):
    document = {
        "title": "Mine",
        "files": {
            "rows": {"columns": {"key": {"column": "Id"}, "at": {"type": "instant"}, "price": {"type": "amount"}}}
        },
        "facts": [{"make": "order", "from": "rows", "key": "key", "fields": {"placed_at": "at", "total": "price"}}],
    }
    for path, value in changes.items():
        place = document
        *steps, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        for step in steps:
            place = place[step]
        place[last] = value
    return yaml.safe_dump(document, sort_keys=False)


def test_the_plain_one_is_right():
    assert [spec.fact for spec in read_mapping(mapping(), name="mine.yaml").facts] == ["order"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"titel": "x"}, "mine.yaml: unknown key “titel”. Expected title,"),
        ({"timezone": "Mars/Base"}, "mine.yaml, timezone: “Mars/Base” is not a time zone"),
        ({"encoding": "utf-7"}, "mine.yaml, encoding: unknown encoding “utf-7”. Expected utf-8,"),
        ({"facts__0__make": "ordr"}, "mine.yaml, facts[1].make: unknown fact “ordr”."),
        ({"facts__0__make": "ordr"}, "Did you mean “order”?"),
        (
            {"facts__0__from": "row"},
            "mine.yaml, facts[1].from: unknown file “row”. Expected rows. Did",
        ),
        (
            {"facts__0__fields__placd_at": "at"},
            "mine.yaml, facts[1].fields: unknown key “placd_at”.",
        ),
        ({"facts__0__fields__placd_at": "at"}, "Did you mean “placed_at”?"),
        (
            {"facts__0__fields__total": "prise"},
            "facts[1].fields.total: unknown column “prise”. Declared are",
        ),
        ({"facts__0__fields__total": 5}, "facts[1].fields.total: expected keys and values, found the number '5'"),
        ({"facts__0__fields": {"total": "price"}}, "facts[1]: order needs placed_at."),
        ({"facts__0__fields__total": {"sum": "price"}}, "only facts with “group: yes” can sum over rows"),
        ({"facts__0__fields__total": "at"}, "facts[1].fields.total: a number is needed here, and at is instant"),
        ({"facts__0__fields__status": {"constant": "done"}}, "“done” is none of pending, accepted,"),
        ({"facts__0__key": None}, "order needs a “key”"),
        ({"files__rows__columns__at__type": "time"}, "files.rows.columns.at.type: unknown type “time”."),
        ({"files__rows__columns__at__formats": ["DD/MM"]}, "the format “DD/MM” needs YYYY, MM and DD"),
        (
            {"files__rows__columns__at__required": "ja"},
            "columns.at.required: expected yes or no, found the text",
        ),
        ({"files__rows__columns__ok": {}}, "files.rows.columns.ok: this cannot be the name of a column"),
        ({"files__rows__classes": [{"class": "left_out", "when": {"column": "key", "equals": 1}}]}, "need a “reason”"),
        ({"files__rows__classes": [{"class": "sales", "when": {}}]}, "unknown class of lines “sales”."),
        ({"files__rows__classes": [{"class": "sale", "when": {"column": "key"}}]}, "expected one test of the column"),
        ({"numbers": {"decimal": ",", "thousands": ","}}, "the decimal sign and the thousands sign are the same"),
        ({"files__rows__columns__" + "x" * 31: {}}, "the name of a column has at most 30 letters"),
        ({"files__" + "r" * 21: {"columns": {"key": {}}}}, "the name of a file's role has at most 20 letters"),
        ({"facts__0__when": {"column": "key", "matches": "(("}}, "facts[1].when.matches: this is not a regular"),
        ({"facts__0__when": {"column": "key", "matches": "a" * 201}}, "a regular expression has at most 200"),
        ({"files": []}, "mine.yaml, files: expected keys and values, found a list."),
    ],
)
def test_a_mistake_is_named_with_its_place(changes, message):
    with pytest.raises(MappingError) as caught:
        read_mapping(mapping(**changes), name="mine.yaml")
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["a: [", "!!python/object:os.system {}", "just text", "", "- 1", "{" * 500, "a: \x00"])
def test_what_is_no_mapping_is_refused(text):
    with pytest.raises(MappingError, match="mine"):
        read_mapping(text, name="mine.yaml")


@pytest.mark.parametrize("pattern", [r"^(a+)(a+)\1\2c$", r"(a)\\\1", "(?=.*a.*a.*b)", "(?<=b.*)a", "(?!a)b"])
def test_a_pattern_that_could_keep_the_database_busy_for_hours_is_refused(pattern):
    with pytest.raises(MappingError, match=r"facts\[1\].when.matches: references to groups"):
        read_mapping(mapping(facts__0__when={"column": "key", "matches": pattern}), name="mine.yaml")


@pytest.mark.parametrize("pattern", ["^[0-9]{5}|^DCGS", r"^(?:C|D)\d+$", "^[[:alpha:]]+$", r"a\.b"])
def test_plain_patterns_are_read_as_they_are(pattern):
    fact = read_mapping(mapping(facts__0__when={"column": "key", "matches": pattern}), name="mine.yaml").facts[0]
    assert fact.condition.operand == (pattern,)


def test_aliases_are_refused_before_they_multiply():
    nested = "&a0 {first_of: [key, key]}"
    for level in range(1, 60):  # written out, these would be 2 ** 60 expressions
        nested = f"&a{level} {{first_of: [{nested}, *a{level - 1}]}}"
    with pytest.raises(MappingError, match="aliases are not read"):
        read_mapping(mapping().replace("total: price", f"total: {nested}"), name="mine.yaml")


@pytest.mark.parametrize("escape", [r"\0", r"\ud800"])
@pytest.mark.parametrize("place", ["total: price", "column: Id"])
def test_texts_that_cannot_be_kept_are_refused(place, escape):
    name = place.partition(":")[0]
    with pytest.raises(MappingError, match=r"mine\.yaml: this is not YAML"):
        read_mapping(mapping().replace(place, f'{name}: "a{escape}b"'), name="mine.yaml")


def test_every_shipped_mapping_is_right_and_told():
    assert len(shipped_mappings()) == 7
    assert all(mapping.title and mapping.about for mapping in shipped_mappings().values())


def test_formats_read_as_people_write_them():
    assert compile_format("DD/MM/YYYY HH:MM").pattern == "^([0-9]{2})/([0-9]{2})/([0-9]{4}) ([0-9]{2}):([0-9]{2})$"
    with pytest.raises(ValueError, match="twice"):
        compile_format("DD/MM/YYYY DD")
