"""Clients that leave: the statement that their request waits for is cancelled, or it would run on for nobody.

Around the WSGI application. gunicorn hands the socket of a request over; other servers do not, and there nothing is
watched. A request that reads is given up; one that writes goes on, as a client that only lost patience expects.
"""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from apps.core.database import READS_ONLY, own_connection

logger = logging.getLogger("bellwether.web")

WATCHED_AFTER = 1.0  # seconds; most requests have ended by then
EVERY = 0.5
READING = frozenset({"GET", "HEAD", "OPTIONS"})
_GONE = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(slots=True, eq=False)
class _Request:
    """One request at work: the socket of its client and the connection of its thread."""

    client: socket.socket
    database: Any
    environ: dict[str, Any]
    began_at: float = field(default_factory=time.monotonic)
    ending: threading.Lock = field(default_factory=threading.Lock)
    has_ended: bool = False
    was_given_up: bool = False

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.environ["REQUEST_METHOD"] in READING or bool(self.environ.get(READS_ONLY))

    def end(self) -> None:
        """Have it cancelled no more: the connection goes on to another request."""
        with self.ending:  # a cancellation that is on its way arrives before
            self.has_ended = True

    def give_up(self) -> None:
        """Cancel the statement at work, if the client has left and the request has not ended meanwhile."""
        with self.ending:
            if self.has_ended or not self.reads or not _has_left(self.client):
                return
            if not self.was_given_up:
                logger.info("The client of %s has left; its statement is cancelled.", self.environ.get("PATH_INFO"))
            self.was_given_up = True
            connection = self.database.connection
            if connection is not None and not connection.closed:
                connection.cancel()


class Departures:
    """A WSGI application whose statements end when nobody waits for them any more."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self._at_work: set[_Request] = set()
        self._starting = threading.Lock()
        self._watcher: threading.Thread | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        client = environ.get("gunicorn.socket")
        if client is None:
            return self.application(environ, start_response)
        self._watch()
        request = _Request(client=client, database=own_connection(), environ=environ)
        self._at_work.add(request)
        try:
            return self.application(environ, start_response)
        finally:
            self._at_work.discard(request)
            request.end()
            if request.was_given_up:
                request.database.close()

    def _watch(self) -> None:
        """Start the one thread that looks, at the first request: a server forks before."""
        if self._watcher is None:
            with self._starting:
                if self._watcher is None:
                    self._watcher = threading.Thread(target=self._look, name="departures", daemon=True)
                    self._watcher.start()

    def _look(self) -> None:
        while True:
            time.sleep(EVERY)
            waiting_since = time.monotonic() - WATCHED_AFTER
            for request in [one for one in tuple(self._at_work) if one.began_at < waiting_since]:
                try:
                    request.give_up()
                except Exception:
                    logger.exception("The statement of a client that left could not be cancelled")


def _has_left(client: socket.socket) -> bool:
    """Whether the other side has closed; what it sent and nobody read yet stays where it is."""
    if client.fileno() < 0:
        return False
    poll = select.poll()
    poll.register(client, _GONE)
    if poll.poll(0):
        return True
    if hasattr(select, "POLLRDHUP"):
        return False
    try:
        # Of the plain socket: TLS has no way to peek.
        return socket.socket.recv(client, 1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
