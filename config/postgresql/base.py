"""The backend, as `ENGINE = "config.postgresql"` names it."""

import select
import time
from typing import Any

from django.db.backends.postgresql import base

ASKED_EVERY = 5.0  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose health is seen from its socket, and asked of the server only every few seconds.

    A server that ends a connection, or dies, makes the socket readable. Asking it `SELECT 1` at the first statement of
    every request would cost a round trip to learn the same.
    """

    _asked_at = 0.0

    def is_usable(self) -> bool:
        """Tell whether the server still holds the connection."""
        now = time.monotonic()
        asked_lately = now - self._asked_at < ASKED_EVERY
        if asked_lately and not self.errors_occurred and _is_silent(self.connection):
            return True
        self._asked_at = now
        return super().is_usable()


def _is_silent(connection: Any) -> bool:
    """Whether a connection is open and nothing arrived: between statements that is a farewell, or a notice."""
    if connection is None or connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
