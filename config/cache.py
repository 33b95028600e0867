"""The cache in Redis, beside the queue."""

import re
from typing import Any

from django.core.cache.backends.redis import RedisCache

KEYS_AT_ONCE = 1000


class SharedRedisCache(RedisCache):
    """Django's Redis cache, whose `clear` spares the keys of others.

    Django's own empties the whole Redis database, and with it the queue and every other installation's cache.
    """

    _cache: Any  # Django's client, a cached property

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
