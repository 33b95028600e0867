"""The cache in Redis, while Redis hangs."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest
import redis

from config import cache
from config.cache import PatientRedis, SharedRedisCache


@contextmanager
def hanging_server():
    """A server that takes connections and never says a word; yield its address and the connections it took."""
    taken = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept():
            while True:
                try:
                    taken.append(listening.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0", taken
    for connection in taken:
        connection.close()


def test_a_server_that_hangs_is_asked_once_and_then_left_alone(monkeypatch):
    monkeypatch.setattr(PatientRedis, "away_until", {})
    with hanging_server() as (url, taken):
        here = SharedRedisCache(url, {"OPTIONS": {"socket_timeout": 0.1, "retry": None}})
        for _ in range(5):
            with pytest.raises(redis.RedisError):
                here.get("anything")
        asked = len(taken)
        assert asked <= 2
        ((server, until),) = PatientRedis.away_until.items()
        assert 0 < until - time.monotonic() <= cache.LEFT_ALONE_FOR
        PatientRedis.away_until[server] = time.monotonic() - 1
        with pytest.raises(redis.RedisError):
            here.count("anything", seconds=60)
        assert len(taken) > asked
