"""The cache in Redis, beside the queue."""

import re
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

KEYS_AT_ONCE = 1000


class KeptClient(RedisCacheClient):
    """Django's client of one server, which makes one of redis-py's instead of one for each command."""

    _made: Any = None

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
