"""What every test may use: three organizations and their people."""

import datetime
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import settings

from apps.accounts.models import Organization, Role, User
from apps.analytics.answers import counts
from tests.builders import make_member, make_organization, make_user
from tests.scheduling import scheduler_for, turn

# A property that holds is no less true on a busy machine.
settings.register_profile("suite", settings(), deadline=None)
settings.load_profile("suite")

# A shell has its background jobs ignore Ctrl-C, and the processes of tests would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No test writes down what another one counted.
counts.WRITTEN_EVERY = float("inf")

# What `.ci/run` repeats on the machine's own servers, besides the tests that bear the mark themselves.
ON_OTHER_SERVERS = {"core", "imports", "marketplace"}


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if Path(item.path).parent.name in ON_OTHER_SERVERS:
            item.add_marker(pytest.mark.services)
    yield
    items.sort(key=lambda item: turn(item.nodeid))  # after pytest-django has sorted them


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return scheduler_for(config, log)


def pytest_sessionfinish():
    counts.forget_counts()


@pytest.fixture(scope="session", autouse=True)
def files_of_the_suite(tmp_path_factory):
    """No test writes among the files of the installation."""
    with override_settings(FILES_DIR=tmp_path_factory.mktemp("files")):
        yield


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of real data beside the repository, which is no part of it."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("BELLWETHER_DATA", beside))
    if not folder.is_dir():
        pytest.skip(f"The reference data is not at {folder}; BELLWETHER_DATA names another place.")
    return folder


@pytest.fixture
def laundry(db) -> Organization:
    """A marketplace in New York: dollars, days from midnight, daylight saving."""
    return make_organization("laundry", timezone="America/New_York", currency="USD")


@pytest.fixture
def wholesaler(db) -> Organization:
    """A wholesaler in Taipei: amounts without cents, kitchens that close after midnight."""
    return make_organization(
        "wholesaler", timezone="Asia/Taipei", currency="TWD", day_starts_at=datetime.time(4), week_starts_on=7
    )


@pytest.fixture
def clinic(db) -> Organization:
    """A clinic on Lord Howe Island, where daylight saving is half an hour."""
    return make_organization("clinic", timezone="Australia/Lord_Howe", currency="AUD")


@pytest.fixture
def organizations(laundry, wholesaler, clinic) -> tuple[Organization, Organization, Organization]:
    return laundry, wholesaler, clinic


@dataclass(frozen=True)
class Cast:
    """The people of the laundry, and those who have no business there."""

    owner: User
    analyst: User
    viewer: User
    stranger: User  # an owner, elsewhere
    staff: User  # may use the admin; member of nothing
    superuser: User
    disabled: User  # a member whose account was switched off
    removed: User  # was a member once


@pytest.fixture
def cast(laundry, clinic) -> Cast:
    return Cast(
        owner=make_member(laundry, role=Role.OWNER, email="owner@laundry.example"),
        analyst=make_member(laundry, role=Role.ANALYST, email="analyst@laundry.example"),
        viewer=make_member(laundry, role=Role.VIEWER, email="viewer@laundry.example"),
        stranger=make_member(clinic, role=Role.OWNER, email="owner@clinic.example"),
        staff=make_user("staff@example.com", is_staff=True),
        superuser=make_user("root@example.com", is_staff=True, is_superuser=True),
        disabled=make_member(laundry, role=Role.OWNER, email="gone@laundry.example", is_active=False),
        removed=make_user("removed@laundry.example"),
    )
