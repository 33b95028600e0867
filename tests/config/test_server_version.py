import pytest
from django.core.management import call_command

from apps.core.server_checks import version_errors


@pytest.mark.parametrize(("major", "refused"), [(13, True), (14, True), (15, False), (18, False)])
def test_a_postgresql_older_than_15_is_refused(major, refused):
    assert [error.id for error in version_errors(major)] == ["bellwether.E020"] * refused


@pytest.mark.django_db
@pytest.mark.services
def test_the_server_of_this_installation_is_asked(django_assert_num_queries):
    with django_assert_num_queries(1):
        call_command("check", databases=["default"], tags=["database"])
