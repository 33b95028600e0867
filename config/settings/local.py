"""A developer's or newcomer's machine: embedded services unless URLs are given."""

from config.logs import logging_to_stderr
from config.settings.base import *  # noqa: F403
from config.settings.base import SITE_URL, VAR_DIR, redis_cache, redis_transport_options
from config.settings.environment import broker_url, database, embedded_database, embedded_redis_url, env

DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
SECRET_KEY = "local-development-only-and-long-enough-for-tokens"  # noqa: S105 - signs nothing outside this machine

DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASES = {"default": database(DATABASE_URL) if DATABASE_URL else embedded_database(VAR_DIR)}
# runserver has a thread for each connection of a browser: what it kept would never be used again, only held.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=0)

REDIS_URL = env.str("REDIS_URL", default="") or embedded_redis_url(VAR_DIR)
CACHES = {"default": redis_cache(REDIS_URL)}
CELERY_BROKER_URL = env.str("BROKER_URL", default="") or broker_url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = redis_transport_options() if CELERY_BROKER_URL.startswith("redis") else {}

SITE_URL = SITE_URL or f"http://127.0.0.1:{env.str('PORT', default='8000')}"
LOGGING = logging_to_stderr(formatter="plain", level=env.str("LOG_LEVEL", default="INFO"))
