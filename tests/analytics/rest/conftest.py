import pytest

from apps.accounts.models import Role
from tests.analytics.metrics.conftest import example_day  # noqa: F401 - a fixture
from tests.api.clients import client_of
from tests.builders import make_member


@pytest.fixture
def analyst(example_day):  # noqa: F811
    return client_of(make_member(example_day, role=Role.ANALYST))


@pytest.fixture
def viewer(example_day):  # noqa: F811
    return client_of(make_member(example_day, role=Role.VIEWER))
