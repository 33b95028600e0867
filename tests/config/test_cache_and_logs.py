import json
import logging
import sys

import pytest
from django.core.cache import caches
from django.db import connection

from config.logs import JsonFormatter
from config.settings.environment import broker_url


@pytest.mark.services
def test_clearing_the_cache_spares_the_keys_of_others(settings):
    own = settings.CACHES["default"]
    settings.CACHES = {"default": {**own, "KEY_PREFIX": "test[1]*"}, "other": {**own, "KEY_PREFIX": "test1x"}}
    for name in ("default", "other"):
        caches[name].set("key", name, 60)

    caches["default"].clear()

    assert (caches["default"].get("key"), caches["other"].get("key")) == (None, "other")
    caches["other"].clear()
    assert caches["other"].get("key") is None


@pytest.mark.parametrize(
    ("redis", "broker"),
    [
        ("redis://:secret@cache.example:6379/3", "redis://:secret@cache.example:6379/3"),
        ("rediss://cache.example/0", "rediss://cache.example/0"),
        ("unix:///tmp/short/redis.sock?db=2", "redis+socket:///tmp/short/redis.sock?virtual_host=2"),
        ("unix:///tmp/short/redis.sock", "redis+socket:///tmp/short/redis.sock?virtual_host=0"),
    ],
)
def test_celery_gets_the_url_of_a_redis_in_its_own_spelling(redis, broker):
    assert broker_url(redis) == broker


def test_a_log_line_is_one_json_object_with_its_exception():
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord("bellwether", logging.ERROR, __file__, 1, "row %s", ("é",), sys.exc_info())
    record.created = 1_700_000_000.5

    line = JsonFormatter().format(record)

    assert "\n" not in line
    fields = json.loads(line)
    assert fields.pop("exception").endswith("ValueError: two\nlines")
    assert fields == {
        "time": "2023-11-14T22:13:20.500+00:00",
        "level": "error",
        "logger": "bellwether",
        "message": "row é",
    }


@pytest.mark.django_db
@pytest.mark.services
def test_connections_say_whose_they_are():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('application_name')")
        assert cursor.fetchone() == ("bellwether",)
