import pytest
from django.core.cache import cache

from apps.accounts.models import Role, User
from tests.analytics.metrics.conftest import example_day  # noqa: F401 - a fixture
from tests.builders import make_member


@pytest.fixture
def owner(example_day):  # noqa: F811
    return staff(example_day, Role.OWNER)


@pytest.fixture
def viewer(example_day):  # noqa: F811
    return staff(example_day, Role.VIEWER)


@pytest.fixture(autouse=True)
def _no_kept_answers():
    cache.clear()


def staff(organization, role):
    user = make_member(organization, role=role)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    return User.objects.get(pk=user.pk)
