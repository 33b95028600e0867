import pytest
import time_machine

from apps.analytics.metrics import examples
from apps.analytics.metrics.scope import scope_of
from apps.core.periods import Period
from tests.analytics.metrics.example_day import at, write_example_day
from tests.analytics.records import refresh

THE_DAY = Period(examples.DAY, examples.DAY)


@pytest.fixture
def example_day(laundry):
    """The laundry on the day it is asked, with the facts of the glossary in its rollups."""
    with time_machine.travel(at(examples.ASKED_ON), tick=True):
        write_example_day(laundry)
        refresh(laundry)
        yield laundry


@pytest.fixture
def scope(example_day):
    return scope_of(example_day)
