"""A connection that the server ended is noticed without a statement; one that is good is not asked about."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def own():
    """A connection beside the test's, asked after its health a moment ago."""
    own = connection.copy()
    own.ensure_connection()
    assert own.is_usable()
    yield own
    own.close()


def test_a_good_connection_is_not_asked_again_at_once(own):
    asked = own._asked_at
    assert own.is_usable()
    assert own._asked_at == asked


def test_after_a_while_or_an_error_the_server_is_asked(own, monkeypatch):
    own.errors_occurred = True
    assert own.is_usable()
    monkeypatch.setattr("config.postgresql.base.ASKED_EVERY", 0.0)
    asked = own._asked_at
    assert own.is_usable()
    assert own._asked_at > asked


def test_a_connection_that_the_server_ended_is_noticed(own):
    with own.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert not own.is_usable()


def test_a_connection_that_is_closed_is_not_usable(own):
    own.connection.close()
    assert not own.is_usable()
