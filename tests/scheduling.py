"""Which tests share one of pytest-xdist's workers, and which begin first.

The mark of pytest-xdist for the former, `xdist_group`, has no effect since pytest 9.2, and says nothing about it:
https://github.com/pytest-dev/pytest-xdist/issues/1386.
"""

from typing import Any

from xdist.scheduler import LoadScopeScheduling

# By the beginning of their names; each has something that is dear to make: rows, servers, processes.
TOGETHER = (
    "tests/analytics/test_faults.py",
    "tests/analytics/test_rebuild_processes.py",
    "tests/browser/",
    "tests/config/test_embedded.py",
    "tests/config/test_queue.py",
    "tests/demo/loaded/",
)
# None of them leaves a row in the database. Begun last, they would keep one worker while the other has nothing to do.
FIRST = (
    "tests/config/test_embedded.py",
    "tests/config/test_run.py::test_everything_starts_answers_on_loopback_only_and_stops_without_a_trace",
    "tests/core/test_migrations.py::test_everything_is_built_from_nothing_and_taken_back",
    "tests/imports/test_data_sets.py",
    "tests/demo/loaded/",
)


def work_unit(name: str) -> str:
    """Return what is given to a worker as a whole: a group, or the one test."""
    return next((group for group in TOGETHER if name.startswith(group)), name)


def turn(name: str) -> int:
    """Return a number to sort tests by, which leaves all others as they are."""
    return next((number for number, first in enumerate(FIRST) if name.startswith(first)), len(FIRST))


class TogetherScheduling(LoadScopeScheduling):
    """One work unit after the other, to whichever worker is free."""

    def _split_scope(self, nodeid: str) -> str:
        return work_unit(nodeid)


def scheduler_for(config: Any, log: Any) -> TogetherScheduling | None:
    """Return the scheduler of a run that spreads tests; another way of spreading them was somebody's choice."""
    return TogetherScheduling(config, log) if config.getvalue("dist") in {"load", "loadgroup"} else None
