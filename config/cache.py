"""The cache in Redis, beside the queue."""

import re
import time
from typing import Any, ClassVar

import redis
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

KEYS_AT_ONCE = 1000
LEFT_ALONE_FOR = 5.0  # seconds


class PatientRedis(redis.Redis):
    """A client that leaves a server alone for a while after it did not answer.

    A server that hangs would otherwise cost every request a time-out for each of its commands.
    """

    away_until: ClassVar[dict[str, float]] = {}  # by server, for all threads

    def execute_command(self, *arguments: Any, **options: Any) -> Any:
        """Execute a command.

        Raises:
            redis.ConnectionError: the server did not answer, now or a moment ago.

        """
        known = self.connection_pool.connection_kwargs
        server = f"{known.get('host')}:{known.get('port')}{known.get('path', '')}"
        if time.monotonic() < self.away_until.get(server, 0.0):
            raise redis.ConnectionError("Redis did not answer a moment ago.")
        try:
            return super().execute_command(*arguments, **options)  # type: ignore[no-untyped-call]
        except (redis.ConnectionError, redis.TimeoutError):
            self.away_until[server] = time.monotonic() + LEFT_ALONE_FOR
            raise


class KeptClient(RedisCacheClient):
    """Django's client of one server, which makes one of redis-py's instead of one for each command."""

    _made: Any = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._client = PatientRedis

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Return the client."""
        if self._made is None:
            self._made = super().get_client(key, write=True)
        return self._made


class SharedRedisCache(RedisCache):
    """Django's Redis cache, whose `clear` spares the keys of others.

    Django's own empties the whole Redis database, and with it the queue and every other installation's cache.
    """

    _cache: Any  # Django's client, a cached property

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient

    def validate_key(self, key: str) -> None:
        """Take any key: what Django warns of, letter by letter, would trouble memcached only."""

    def count(self, key: str, *, seconds: int) -> int:
        """Count one more under a key and return how many there are; the key goes after so many seconds."""
        name = self.make_and_validate_key(key)
        client = self._cache.get_client(None, write=True)
        number = int(client.incr(name))
        if number == 1:
            client.expire(name, seconds)
        return number

    def clear(self) -> None:
        """Delete the keys under this cache's prefix."""
        client = self._cache.get_client(None, write=True)
        pattern = re.sub(r"([\[\]*?\\])", r"\\\1", self.key_prefix) + ":*"
        batch: list[bytes] = []
        for key in client.scan_iter(match=pattern, count=KEYS_AT_ONCE):
            batch.append(key)
            if len(batch) == KEYS_AT_ONCE:
                client.unlink(*batch)
                batch.clear()
        if batch:
            client.unlink(*batch)
