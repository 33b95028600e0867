"""PostgreSQL and Redis from Python wheels, for machines where no URL names a server.

`socket_directory("postgres", var)` makes the calling process a user of the server whose data lie under `var`, and
returns the directory of its unix socket; nothing listens on the network. A server belongs to a keeper: a small process
of its own, started by the first user, which starts the server, starts it again when it dies, and stops it when the last
user is gone.

A user holds a shared lock on `users.lock` for as long as it lives. The kernel drops the lock with the process, however
it ends, and a fork inherits it, so neither a killed worker nor a pool's children miscount. The keeper holds
`keeper.lock` likewise. Nothing is believed of what a crash left behind: a server without a keeper is stopped by the
next keeper, which then starts its own. A keeper killed outright leaves its server to the users it has; the next user
brings a new keeper.

The keeper imports this package outside Django: the standard library only, and psutil where it is needed.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from config.embedded.locks import EmbeddedServiceFailed, is_locked, lock, locked

__all__ = ["EmbeddedServiceFailed", "home_of", "release", "socket_directory"]

CODE = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 120.0
PAUSE_SECONDS = 0.05

_held: dict[Path, int] = {}


def socket_directory(name: str, var: Path) -> Path:
    """Make this process a user of an embedded server, start it if need be, and return the directory of its socket.

    Raises:
        EmbeddedServiceFailed: the server cannot be started here.

    """
    home = home_of(name, var)
    with locked(home / "start.lock"):
        if home not in _held:
            _held[home] = lock(home / "users.lock", shared=True)
        deadline = time.monotonic() + START_SECONDS
        while (address := _address(home)) is None:
            if not is_locked(home / "keeper.lock"):
                _start_keeper(name, var)
            elif time.monotonic() > deadline:
                raise EmbeddedServiceFailed(f"The embedded {name} is not ready yet. Its log: {home / 'log'}")
            else:
                time.sleep(PAUSE_SECONDS)
    return address.parent


def release(*, wait_seconds: float = 0.0) -> None:
    """End this process's use of the embedded servers, and wait for those to stop that have no other user."""
    homes = list(_held)
    for home in homes:
        os.close(_held.pop(home))
    deadline = time.monotonic() + wait_seconds
    while time.monotonic() < deadline and any(is_locked(home / "keeper.lock") for home in homes):
        if all(is_locked(home / "users.lock") and (home / "ready").exists() for home in homes):
            return
        time.sleep(PAUSE_SECONDS)


def home_of(name: str, var: Path) -> Path:
    """Return the directory of a server's locks and log.

    Raises:
        EmbeddedServiceFailed: the directory cannot be made.

    """
    home = var.resolve() / "embedded" / name
    try:
        home.mkdir(parents=True, exist_ok=True)
    except PermissionError as error:
        raise EmbeddedServiceFailed(
            f"{home} cannot be made ({error}): set BELLWETHER_VAR, or DATABASE_URL and REDIS_URL."
        ) from None
    return home


def _address(home: Path) -> Path | None:
    """Return the socket of a server that is kept and takes connections."""
    try:
        address = Path((home / "ready").read_text())
    except FileNotFoundError:
        return None
    with socket.socket(socket.AF_UNIX) as connection:
        return address if is_locked(home / "keeper.lock") and connection.connect_ex(str(address)) == 0 else None


def _start_keeper(name: str, var: Path) -> None:
    command = [sys.executable, "-m", "config.embedded.keeper", name, str(var.resolve())]
    started = subprocess.run(command, cwd=CODE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    if started.returncode != 0:
        raise EmbeddedServiceFailed(started.stderr.strip() or f"The keeper of the embedded {name} ended at its start.")
