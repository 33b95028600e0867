"""What is said of groups and turns is about tests that are there."""

from pathlib import Path

from tests.scheduling import FIRST, TOGETHER, turn, work_unit

ROOT = Path(__file__).resolve().parents[1]


def test_every_name_that_is_listed_is_the_name_of_a_test():
    for name in (*TOGETHER, *FIRST):
        path, _, function = name.partition("::")
        assert (ROOT / path).exists(), name
        assert not function or f"def {function}(" in (ROOT / path).read_text(), name


def test_a_group_is_one_piece_of_work_and_any_other_test_is_its_own():
    rows, truths = (f"tests/demo/loaded/test_{name}.py::test_it[a::b]" for name in ("rows", "truths"))
    other = "tests/demo/test_loading.py::test_it"

    assert work_unit(rows) == work_unit(truths) != work_unit(other) == other


def test_what_takes_long_comes_first_and_the_others_keep_their_order():
    names = ["tests/b.py::test_b", "tests/a.py::test_a", *reversed(FIRST)]

    assert sorted(names, key=turn) == [*FIRST, "tests/b.py::test_b", "tests/a.py::test_a"]
