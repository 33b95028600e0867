"""`make run`: everything on this machine, from an empty checkout to a page that answers."""

import fcntl
import os
import shutil
import signal
import socket
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import TextIO

import django
import psutil
from django.core.exceptions import ImproperlyConfigured
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Message, Printer

from config.embedded import EmbeddedServiceFailed, release
from config.settings.base import BASE_DIR, VAR_DIR

HOST = "127.0.0.1"
MARK = "BELLWETHER_RUN"
EMAIL, PASSWORD = "admin@bellwether.localhost", "bellwether-demo"  # printed, and of use on this machine only
STOP_SECONDS = 30.0


class CannotRun(Exception):
    """Something that the person at the terminal has to change; the message says what."""


def main() -> None:
    """Prepare, start, and stop in order.

    Raises:
        SystemExit: with a sentence when it cannot start; quietly, with 0, after Ctrl-C.

    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        port = _port(os.environ.get("PORT", "8000"))
        outcome = _run(port)
    except (CannotRun, EmbeddedServiceFailed, ImproperlyConfigured) as error:
        outcome = str(error)
    except KeyboardInterrupt:
        outcome = 0
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what follows is quick, and must not be cut short
    release(wait_seconds=STOP_SECONDS)
    if outcome == 0:
        _say("Stopped.")
    sys.exit(outcome)


def _run(port: int) -> int | str:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    lock = _only_run(VAR_DIR / "run.lock")
    _end_leftovers()
    _refuse_taken(port)
    sign_in, reports = _prepare()
    manager = Manager(_Terminal(port, sign_in, reports, sys.stdout))
    environment = {
        **os.environ,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_RUNSERVER_HIDE_WARNING": "true",
        MARK: str(VAR_DIR),
    }
    for name, command in parse_procfile((BASE_DIR / "Procfile").read_text()).processes.items():
        manager.add_process(name, command, env=environment, cwd=str(BASE_DIR))
    manager.loop()
    lock.close()
    if manager.returncode in {128 + signal.SIGINT, 128 + signal.SIGTERM}:
        return 0
    return f"One of the processes ended (status {manager.returncode}); its lines above say why."


def _only_run(path: Path) -> TextIO:
    file = path.open("a")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # unlike flock's, forks that outlive this one do not hold it
    except OSError:
        raise CannotRun(f"Bellwether runs already with the data in {path.parent}: stop that first.") from None
    return file


def _prepare() -> tuple[list[str], list[Path]]:
    """Bring the database up to date and return how to sign in, and where the first reports lie."""
    from django.core.management import call_command, get_commands
    from django.db import connections

    _say("Bringing the database up to date.")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    if "load_demo" in get_commands() and os.environ.get("DEMO", "yes") != "no":
        call_command("load_demo", users=True)
    _say("Bringing the figures up to date.")
    call_command("refresh_rollups", workers=2)
    reports = _first_reports()
    sign_in = _sign_in()
    connections.close_all()
    return sign_in, reports


def _first_reports() -> list[Path]:
    """Make the demonstration's first reports and copy those of one organization to where their names can be read."""
    from apps.core.files import open_stored
    from apps.demo.reports import first_reports

    folder = VAR_DIR / "reports"
    folder.mkdir(exist_ok=True)
    copies = []
    for file in first_reports():
        copy = folder / file.name
        if not copy.exists():
            with open_stored(file.organization_id, file.stored_name) as stored, copy.open("wb") as target:
                shutil.copyfileobj(stored, target)
        copies.append(copy)
    return copies


def _sign_in() -> list[str]:
    from apps.accounts.models import User
    from apps.demo.signins import LOCAL_PASSWORD, SIGN_INS

    if not User.objects.filter(is_superuser=True).exists():
        User.objects.create_superuser(EMAIL, PASSWORD)
    known = {EMAIL: (PASSWORD, "superuser")}
    known |= {sign_in.email: (LOCAL_PASSWORD, sign_in.role or "superuser") for sign_in in SIGN_INS}
    lines = []
    for user in User.objects.filter(email__in=known, is_active=True).order_by("-is_superuser", "pk"):
        password, role = known[user.email]
        if user.check_password(password):
            lines.append(f"{user.email}  {password}  ({role})")
    return lines or ["a superuser's address and password"]


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 0 < port < 65536:
        raise CannotRun(f"PORT={text} is not a port: a whole number from 1 to 65535 is.")
    return port


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise CannotRun(f"Port {port} is reserved for root. Choose another: make run PORT=8000") from None
        except OSError:
            raise CannotRun(
                f"Port {port} is taken by another program. Stop that, or choose another: make run PORT={port + 1}"
            ) from None


def _end_leftovers() -> None:
    """End what an earlier run left behind, when it was killed before it could stop its processes."""
    leftovers = [p for p in psutil.process_iter(["environ"]) if (p.info["environ"] or {}).get(MARK) == str(VAR_DIR)]
    if leftovers:
        _say(f"Ending {len(leftovers)} processes of an earlier run that was killed.")
    for process in leftovers:
        process.terminate()
    _, alive = psutil.wait_procs(leftovers, timeout=5)
    for process in alive:
        process.kill()


class _Terminal(Printer):
    """honcho's coloured lines, and the address once the web process answers."""

    def __init__(self, port: int, sign_in: list[str], reports: list[Path], output: TextIO) -> None:
        super().__init__(output)
        self.reports = reports
        self.port = port
        self.sign_in = sign_in
        self.watch: threading.Thread | None = None

    def write(self, message: Message) -> None:
        """Write one message."""
        # The first message comes when all processes have been forked: a thread before that would be copied half.
        if self.watch is None:
            self.watch = threading.Thread(target=self._announce, daemon=True)
            self.watch.start()
        super().write(message)

    def _announce(self) -> None:
        while not _answers(self.port):
            time.sleep(0.2)
        lines = [
            f"Bellwether is ready:  http://{HOST}:{self.port}/admin/",
            f"Sign in with:         {self.sign_in[0]}",
            *(f"                      {line}" for line in self.sign_in[1:]),
            f"API and its pages:    http://{HOST}:{self.port}/api/docs/",
            *(f"First {path.suffix[1:].upper() + ' report:':<16}{path}" for path in self.reports),
            f"Data and logs:        {VAR_DIR}",
            "Stop with Ctrl-C.",
        ]
        rule = "-" * 60
        self.output.write("\n".join(["", rule, *lines, rule, "", ""]))
        self.output.flush()


def _answers(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", "/admin/login/")
        response = connection.getresponse()
        response.read()
        status = response.status
    except (OSError, HTTPException):
        status = 599
    connection.close()
    return status < 500


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
