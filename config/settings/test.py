"""The suite: local services, quick hashes, and names of its own in Redis for each of pytest-xdist's workers."""

from config.settings.base import *  # noqa: F403
from config.settings.base import REST_FRAMEWORK, VAR_DIR, redis_cache, redis_transport_options
from config.settings.environment import broker_url, database, embedded_database, embedded_redis_url, env, mail_server

SECRET_KEY = "test-only-" + 60 * "x"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A test database is thrown away, so commits need not reach the disk.
QUICK_COMMITS = "-c synchronous_commit=off"
DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASES = {
    "default": database(DATABASE_URL, statement=QUICK_COMMITS)
    if DATABASE_URL
    else embedded_database(VAR_DIR, statement=QUICK_COMMITS)
}
# Only the test database is ever opened: a fixture that forgets to ask for it meets one that does not exist, not data.
DATABASES["default"]["TEST"] = {"NAME": f"test_{DATABASES['default']['NAME']}"}
DATABASES["default"]["NAME"] = "no_database_of_the_suite"

WORKER = env.str("PYTEST_XDIST_WORKER", default="main")
REDIS_URL = env.str("REDIS_URL", default="") or embedded_redis_url(VAR_DIR)
CACHES = {"default": redis_cache(REDIS_URL, prefix=f"bellwether-test-{WORKER}")}
CELERY_BROKER_URL = env.str("BROKER_URL", default="") or broker_url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = redis_transport_options() if CELERY_BROKER_URL.startswith("redis") else {}
CELERY_TASK_DEFAULT_QUEUE = f"bellwether-test-{WORKER}"

# Whatever the environment names, no mail leaves but to the servers that tests start.
vars().update(mail_server(""))
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DEFAULT_FROM_EMAIL = "Bellwether <reports@bellwether.example>"
SITE_URL = "https://bi.example.com"
WHITENOISE_AUTOREFRESH = True  # no collected files to look for

# Nothing is limited but in the tests of limits.
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])}
