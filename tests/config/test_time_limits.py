"""A statement does not run for nobody: it ends when it takes too long, and when whoever asked has left."""

import json
import socket
import sys
import urllib.error
import urllib.request
from contextlib import closing

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.test import Client

from apps.accounts.models import Role
from apps.accounts.tokens import create_long_lived_token
from apps.core.database import in_transaction, was_cut_off
from apps.marketplace.models import Partner
from config.settings import environment
from config.settings.environment import database
from tests.analytics.processes import database_url, waiting, web
from tests.analytics.records import refresh
from tests.api.clients import client_of, error_code
from tests.builders import make_member, make_order, make_partner
from tests.config.processes import wait_until

URL = "postgres://bellwether@db.example/bellwether"


@pytest.fixture
def program(monkeypatch):
    """Say which program reads the settings; this one is a command."""
    monkeypatch.delitem(sys.modules, "config.wsgi", raising=False)

    def run(line, **variables):
        monkeypatch.setattr(sys, "argv", line.split())
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return run


@pytest.mark.parametrize(
    ("line", "limit"),
    [
        ("manage.py runserver 127.0.0.1:8000", 30_000),
        ("/venv/bin/celery -A config.celery worker --loglevel info", 900_000),
        ("/venv/lib/celery/__main__.py -A config.celery -q worker", 900_000),
        ("/venv/lib/celery/__main__.py -A config.celery -q beat", None),
        ("manage.py migrate", None),
        ("manage.py refresh_rollups --full", None),
    ],
)
def test_statements_are_limited_where_people_or_queues_wait(program, line, limit):
    program(line)
    options = database(URL)["OPTIONS"].get("options", "")

    assert options == (f"-c statement_timeout={limit} -c client_connection_check_interval=2000" if limit else "")


def test_a_web_server_imports_the_entry_before_the_settings(program, monkeypatch):
    program("/venv/bin/gunicorn config.wsgi")
    monkeypatch.setitem(sys.modules, "config.wsgi", object())

    assert "statement_timeout=30000" in database(URL)["OPTIONS"]["options"]


def test_limits_are_settings_and_the_url_has_the_last_word(program):
    program("manage.py runserver", STATEMENT_TIMEOUT_SECONDS="5", CLIENT_CHECK_SECONDS="0")
    assert database(URL)["OPTIONS"]["options"] == "-c statement_timeout=5000"
    assert database(f"{URL}?options=-c%20statement_timeout%3D7")["OPTIONS"]["options"] == (
        "-c statement_timeout=5000 -c statement_timeout=7"
    )
    program("manage.py runserver", STATEMENT_TIMEOUT_SECONDS="0")
    assert "options" not in database(URL)["OPTIONS"]
    program("manage.py runserver", STATEMENT_TIMEOUT_SECONDS="-1")
    with pytest.raises(ImproperlyConfigured, match="STATEMENT_TIMEOUT_SECONDS"):
        database(URL)


def test_what_is_no_worker_has_no_worker_in_its_name_by_chance(program):
    program("manage.py celery worker")
    assert environment.process_kind() == ""


def too_slow(*args, **options):
    """Fail as a statement does that PostgreSQL cut off, after a write."""
    with in_transaction(), connection.cursor() as cursor:
        Partner._base_manager.update(name="half")
        cursor.execute("SET LOCAL statement_timeout = 20")
        cursor.execute("SELECT pg_sleep(60)")


@pytest.mark.django_db
def test_a_caller_of_the_api_is_told_and_nothing_is_half_written(cast, laundry, monkeypatch):
    make_partner(laundry, name="whole")
    monkeypatch.setattr("apps.marketplace.services.record_once", too_slow)
    answer = client_of(cast.analyst).post("/api/partners", {"name": "new"})

    assert (answer.status_code, error_code(answer), answer["Retry-After"]) == (503, "TIMEOUT", "5")
    assert "fewer days" in answer.json()["error"]["message"]
    assert [partner.name for partner in Partner._base_manager.all()] == ["whole"]


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [False, True])
def test_staff_see_a_page_that_says_what_to_do(cast, laundry, monkeypatch, settings, debug):
    settings.DEBUG = debug
    cast.owner.is_staff = True
    cast.owner.save()
    client = Client(raise_request_exception=False)
    client.force_login(cast.owner)
    monkeypatch.setattr("apps.accounts.administration.paging.KeysetChangeList.get_results", too_slow)
    page = client.get("/admin/marketplace/partner/?q=x")
    text = page.content.decode()

    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert "This took too long" in text
    assert 'href="/admin/marketplace/partner/?q=x"' in text  # to try again
    assert "pg_sleep" not in text


@pytest.mark.django_db
def test_a_dashboard_that_takes_too_long_says_so_with_503(cast, laundry, monkeypatch):
    cast.owner.is_staff = True
    cast.owner.save()
    client = Client(raise_request_exception=False)
    client.force_login(cast.owner)
    make_order(laundry)
    refresh(laundry)
    monkeypatch.setattr("apps.backoffice.dashboards.views.ask_page", too_slow)
    page = client.get("/admin/dashboards/revenue/")

    assert page.status_code == 503
    assert "Choose a shorter period" in page.content.decode()


@pytest.mark.django_db
def test_only_what_postgresql_ended_was_cut_off(laundry):
    with pytest.raises(OperationalError) as slow:
        too_slow()
    assert was_cut_off(slow.value)
    assert not was_cut_off(OperationalError("the server is gone"))
    assert not was_cut_off(None)


@pytest.mark.django_db(transaction=True)
def test_a_client_that_leaves_takes_its_statement_along_and_one_that_waits_is_told(laundry, tmp_path):
    """Lists of partners wait for a lock that the test holds, under gunicorn with a limit of five seconds."""
    _, token = create_long_lived_token(user=make_member(laundry, role=Role.ANALYST), name="list", expires_at=None)
    headers = {"Authorization": f"Bearer {token}"}
    log = tmp_path / "log"
    with (
        log.open("w") as lines,
        web(database_url("limited"), log=lines, STATEMENT_TIMEOUT_SECONDS="5", LOG_LEVEL="INFO") as site,
    ):
        address = f"{site}/api/partners"
        wait_until(lambda: asked(address, headers)[0] == 200, "the web server")
        with closing(connection.copy()) as holder, holder.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE marketplace_partner IN ACCESS EXCLUSIVE MODE")
            host, port = site.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port))) as client:
                client.sendall(
                    f"GET /api/partners HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
                )
                wait_until(lambda: waiting("limited") == 1, "the statement of the client")
            wait_until(lambda: waiting("limited") == 0, "its end")
            assert "has left; its statement is cancelled" in log.read_text()

            status, answer = asked(address, headers)
            assert (status, answer["error"]["code"]) == (503, "TIMEOUT")
        assert asked(address, headers)[0] == 200


def asked(address, headers):
    request = urllib.request.Request(address, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())
    except urllib.error.URLError:
        return 0, {}
