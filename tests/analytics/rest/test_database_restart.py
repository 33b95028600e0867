"""The database is stopped and started again under a web server: a server of this test, with a copy of the data."""

import json
import signal
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from apps.accounts.models import Role
from apps.accounts.tokens import create_long_lived_token
from tests.analytics.processes import database_url, web
from tests.analytics.records import refresh
from tests.analytics.test_server_restart import copy_database
from tests.builders import make_member, make_order
from tests.config.processes import User, servers, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def var():
    with tempfile.TemporaryDirectory(prefix="bellwether-test-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        yield Path(directory).resolve()


def ask(address, token=None):
    """Return the status and the JSON of an answer; 0 where nobody answers yet."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())
    except urllib.error.URLError:
        return 0, {}


def test_callers_get_a_clean_error_while_the_database_is_away_and_live_figures_after(laundry, var):
    analyst = make_member(laundry, role=Role.ANALYST)
    _, token = create_long_lived_token(user=analyst, name="figures", expires_at=None)
    make_order(laundry)
    refresh(laundry)
    with User("postgres", var) as user:
        address = user.address()
        copy_database(address)
        url = database_url("web", host=str(address), database="bellwether")
        with web(url) as site:
            wait_until(lambda: ask(f"{site}/api/auth/me")[0], "the web server")
            figures = f"{site}/api/analytics/revenue?start_date=2026-03-01&end_date=2026-03-31"
            status, first = ask(figures, token)
            assert (status, first["freshness"]["source"]) == (200, "live")

            (server,) = servers(var)
            server.send_signal(signal.SIGINT)
            server.wait(60)
            status, refused = ask(figures, token)
            assert (status, refused["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
            assert set(refused) == {"error"}

            with User("postgres", var) as following:
                assert following.address() == address
                status, after = ask(figures.replace("03-31", "03-30"), token)
                assert (status, after["freshness"]["source"]) == (200, "live")
                assert after["summary"]["total_revenue"] == first["summary"]["total_revenue"]
    wait_until(lambda: not servers(var), "the end of the server")
