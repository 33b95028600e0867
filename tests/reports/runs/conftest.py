"""A laundry on the day of the glossary’s examples, and reports about it."""

import pytest
import time_machine

from apps.accounts.models import Role
from apps.analytics.metrics import examples
from apps.core.files import stored_names
from apps.core.periods import Period
from apps.reports.models import AnalyticsReport
from apps.reports.services import request_report
from tests.analytics.metrics.example_day import at, write_example_day
from tests.analytics.records import refresh
from tests.builders import make_member

THE_DAY = Period(examples.DAY, examples.DAY)


@pytest.fixture
def files_dir(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR


@pytest.fixture
def example_day(laundry, files_dir):
    """The laundry on the day it is asked, with the facts of the glossary in its rollups."""
    with time_machine.travel(at(examples.ASKED_ON), tick=True):
        write_example_day(laundry)
        refresh(laundry)
        yield laundry


@pytest.fixture
def analyst(example_day):
    return make_member(example_day, role=Role.ANALYST, email="analyst@laundry.example")


@pytest.fixture
def ask(example_day, analyst):
    """Request a report of the example day; the test runs it."""

    def request(**changes) -> AnalyticsReport:
        asked = {
            "organization": example_day,
            "report_type": "revenue",
            "period": THE_DAY,
            "parameters": {},
            "formats": ["json"],
            "audiences": ["full"],
            "trigger": "api",
            "created_by": analyst,
        }
        return request_report(**{**asked, **changes})

    return request


@pytest.fixture
def kept(example_day):
    """The files that lie on the disk."""
    return lambda: sorted(stored_names(example_day.pk))
