"""The process that keeps one server for as long as it has users: `python -m config.embedded.keeper postgres VAR`."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from config.embedded.locks import EmbeddedServiceFailed, holds, is_locked, lock_or_none
from config.embedded.servers import Postgres, Redis, Server

LINGER_SECONDS = 1.0  # the next command of a script finds the server still there
TICK_SECONDS = 0.2
STARTS_AT_MOST = 30
RESTART_PAUSE_SECONDS = 1.0
LOG_BYTES = 5_000_000
READY = "ready"


class Keeper:
    """Runs one server for as long as it has users."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.told_to_stop = False

    def run(self, tell: Callable[[str], None]) -> None:
        """Keep the server to the end of its use; tell READY once it answers."""
        home = self.server.home
        own = lock_or_none(home / "keeper.lock")
        if own is None:
            tell(READY)  # another keeper is there, and its word counts
            return
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        (home / "ready").unlink(missing_ok=True)
        self.server.prepare()
        process = self._started()
        tell(READY)
        users: int | None = None
        idle_since: float | None = None
        while not self.told_to_stop and users is None and holds(own, home / "keeper.lock"):
            with suppress(subprocess.TimeoutExpired):
                process.wait(TICK_SECONDS)
                (home / "ready").unlink(missing_ok=True)
                _log(f"the server ended with {process.returncode}; starting it again")
                process = self._started()
            if is_locked(home / "users.lock"):
                idle_since = None
            elif idle_since is None:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > LINGER_SECONDS:
                users = lock_or_none(home / "users.lock")  # held to the end: a new user waits, then starts a keeper
        (home / "ready").unlink(missing_ok=True)
        self.server.stop(process)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.told_to_stop = True

    def _started(self) -> subprocess.Popen[bytes]:
        # The children of a killed PostgreSQL hold its shared memory for a moment, and a new one refuses until then.
        for _ in range(STARTS_AT_MOST):
            process = self.server.start()
            while process.poll() is None:
                if self.server.answers():
                    (self.server.home / "ready").write_text(str(self.server.sockets / self.server.socket_name))
                    return process
                if self.told_to_stop:
                    break
                time.sleep(TICK_SECONDS / 4)
            if self.told_to_stop:
                self.server.stop(process)
                raise EmbeddedServiceFailed(f"The embedded {self.server.name} was told to stop at its start.")
            time.sleep(RESTART_PAUSE_SECONDS)
        raise EmbeddedServiceFailed(
            f"The embedded {self.server.name} does not start. The log: {self.server.home / 'log'}"
        )


def _log(message: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} keeper[{os.getpid()}] {message}\n")
    sys.stderr.flush()


def main() -> None:
    """Start a keeper in the background; return when its server answers, exit with the reason when it cannot."""
    name, var = sys.argv[1], Path(sys.argv[2])
    server = {"postgres": Postgres, "redis": Redis}[name](var)
    told, teller = os.pipe()
    if os.fork():
        os.close(teller)
        with os.fdopen(told, "rb") as pipe:
            word = pipe.read().decode()
        sys.exit(None if word == READY else word or f"The keeper ended at once. The log: {server.home / 'log'}")
    os.close(told)
    os.setsid()
    os.chdir("/")
    os.umask(0o077)
    _write_to(server.home / "log")

    def tell(word: str) -> None:
        with suppress(OSError):  # told already, or nobody waits any more
            os.write(teller, word.encode())
            os.close(teller)

    try:
        Keeper(server).run(tell)
    except EmbeddedServiceFailed as error:
        _log(str(error))
        tell(str(error))


def _write_to(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_name("log.1"))
    for descriptor, target in ((0, Path(os.devnull)), (1, log), (2, log)):
        opened = os.open(target, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)


if __name__ == "__main__":
    main()
