"""Redis in front of the table of answers. Without it, or while it does not answer, the table alone does."""

import logging

import redis
from django.core.cache import cache

logger = logging.getLogger("bellwether.analytics")


def read(key: str) -> bytes | None:
    """Return what is kept under a key, or None."""
    try:
        found: bytes | None = cache.get(key)
    except redis.RedisError:
        logger.warning("The cache does not answer: answers come from the database")
        return None
    return found


def write(key: str, value: bytes, *, seconds: float) -> None:
    """Keep something for a while."""
    try:
        cache.set(key, value, timeout=max(1, int(seconds)))
    except redis.RedisError:
        logger.warning("The cache does not answer: an answer is kept in the database alone")


def forget(key: str) -> None:
    """Forget what is kept under a key."""
    try:
        cache.delete(key)
    except redis.RedisError:
        logger.warning("The cache does not answer: an answer may be given until it expires")
