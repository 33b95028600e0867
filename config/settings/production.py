"""An installation that people rely on: everything by the environment, and a refusal to start half configured."""

from django.core.exceptions import ImproperlyConfigured

from config.logs import logging_to_stderr
from config.settings.base import *  # noqa: F403
from config.settings.base import SITE_URL, redis_cache, redis_transport_options
from config.settings.environment import broker_url, database, env

SECRET_KEY_LENGTH = 50
DEMANDED = {
    "DATABASE_URL": "the PostgreSQL, as postgres://user:password@host:5432/name",
    "REDIS_URL": "the Redis, as redis://host:6379/0",
    "SECRET_KEY": f"at least {SECRET_KEY_LENGTH} random characters",
    "ALLOWED_HOSTS": "the host names that this installation answers to, with commas between",
}
DEMANDED_TO_MAIL = {
    "DEFAULT_FROM_EMAIL": "whom mails are from, as Bellwether <reports@example.com>",
    "SITE_URL": "what links in mails begin with, as https://bi.example.com",
}


def refusals() -> list[str]:
    """Return what keeps this installation from starting, one sentence each."""
    demanded = DEMANDED | (DEMANDED_TO_MAIL if env.str("EMAIL_URL", default="") else {})
    found = [f"{name} is missing: {what}." for name, what in demanded.items() if not env.str(name, default="").strip()]
    key = env.str("SECRET_KEY", default="")
    if key and (len(key) < SECRET_KEY_LENGTH or len(set(key)) < 5 or key.startswith("django-insecure-")):
        found.append(f"SECRET_KEY is too weak: it takes {DEMANDED['SECRET_KEY']}.")
    if "*" in env.list("ALLOWED_HOSTS", default=[]):
        found.append(f"ALLOWED_HOSTS lets every host name in: it takes {DEMANDED['ALLOWED_HOSTS']}.")
    if env.bool("DEBUG", default=False):
        found.append("DEBUG is on: it shows settings and data to whoever meets an error.")
    return found


if refused := refusals():
    raise ImproperlyConfigured(
        "Bellwether does not start with these settings:\n"
        + "".join(f"  - {sentence}\n" for sentence in refused)
        + "Each may also come from a file: NAME_FILE=/path/of/the/file. See docs/operations.md."
    )

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = [host.strip() for host in env.list("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

DATABASES = {"default": database(env.str("DATABASE_URL"))}
REDIS_URL = env.str("REDIS_URL")
CACHES = {"default": redis_cache(REDIS_URL)}
CELERY_BROKER_URL = env.str("BROKER_URL", default="") or broker_url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = redis_transport_options() if CELERY_BROKER_URL.startswith("redis") else {}

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 60 * 60)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
if env.bool("TRUST_FORWARDED_PROTO", default=False):  # only behind a proxy that sets the header on every request
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = True
X_FRAME_OPTIONS = "DENY"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SITE_URL = SITE_URL or f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
LOGGING = logging_to_stderr(formatter=env.str("LOG_FORMAT", default="json"), level=env.str("LOG_LEVEL", default="INFO"))
