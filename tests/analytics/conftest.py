import pytest
import time_machine

from tests.analytics.records import DAY, HOUR, day, refresh
from tests.analytics.spoiling import fill
from tests.builders import NOON


@pytest.fixture
def today():
    with time_machine.travel(NOON + 2 * DAY + HOUR, tick=True):
        yield day("2026-03-12")


@pytest.fixture
def customer(laundry, today):
    """The customer of a laundry whose rollups are right."""
    somebody = fill(laundry)
    refresh(laundry)
    return somebody
