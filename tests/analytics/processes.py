"""Processes that work on the suite's database, reached by the two URLs alone."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

from tests.analytics.sessions import ask

CODE = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90  # a busy machine is slow, not broken


def database_url(name: str, *, host: str = "", database: str = "") -> str:
    """The URL of the suite's database, or of another; its sessions are known by the name."""
    here = connection.settings_dict
    host = host or here["HOST"] or "127.0.0.1"
    secret = f":{quote(here['PASSWORD'], safe='')}" if here["PASSWORD"] else ""
    query = {"application_name": name}
    if host.startswith("/"):
        query["host"], host = host, ""
    elif here["PORT"]:
        host = f"{host}:{here['PORT']}"
    return f"postgres://{here['USER']}{secret}@{host}/{database or here['NAME']}?{urlencode(query)}"


def urls(name: str, **changes: str) -> dict[str, str]:
    """An environment with the two URLs, a third where the suite has a broker of its own, and nothing else of ours."""
    ours = ("DATABASE", "REDIS", "BROKER", "DJANGO", "BELLWETHER", "PYTEST", "COV_", "PORT", "DEMO")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    broker = {"BROKER_URL": os.environ["BROKER_URL"]} if os.environ.get("BROKER_URL") else {}
    return {**kept, "DATABASE_URL": database_url(name), "REDIS_URL": settings.REDIS_URL, **broker, **changes}


def start(*arguments: str, name: str, code: Path = CODE, **changes: str) -> subprocess.Popen[str]:
    """Start Python in a checkout of the code."""
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=code,
        env=urls(name, **changes),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def waiting(name: str) -> int:
    """How many sessions of that name wait for another."""
    return ask(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND cardinality(pg_blocking_pids(pid)) > 0",
        name,
    )


@contextmanager
def web(url: str, *, log: int | IO[str] = subprocess.DEVNULL, **changes: str) -> Iterator[str]:
    """A web server on that database, at an address of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "2"],
        cwd=CODE,
        env={**urls("web", **changes), "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings.local"},
        stdout=subprocess.DEVNULL,
        stderr=log,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


class Refresher:
    """A process whose children refresh an organization; each stops before a statement, to be killed there."""

    def __init__(self, *, name: str = "refresher", **changes: str) -> None:
        settings_module = {"DJANGO_SETTINGS_MODULE": "config.settings.local"}
        self._process = start("-m", "tests.analytics.refresher", name=name, **{**settings_module, **changes})

    def stop_before(self, statement: int, organization) -> int | None:
        """Refresh up to a statement; return the process that stands there, or None when the refresh ended before."""
        self._process.stdin.write(f"{organization.pk} {statement}\n")
        self._process.stdin.flush()
        word, _, number = self.next().partition(" ")
        assert word in ("stopped", "ended"), f"the refresher said {word!r}"
        if word == "stopped":
            return int(number)
        assert self.next() == "gone"
        return None

    def next(self) -> str:
        """What the child says next; it is “gone” when it is dead."""
        return self._process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._process.kill()
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(PATIENCE_SECONDS)
