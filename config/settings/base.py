"""Settings that every installation shares; what differs is read from the environment by the modules beside this one."""

from pathlib import Path
from typing import Any

from config.settings.environment import env, mail_server
from config.settings.policy import *  # noqa: F403
from config.settings.rest import *  # noqa: F403
from config.settings.unfold import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.str("BELLWETHER_VAR", default=str(BASE_DIR / "var"))).absolute()

DEBUG = False
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

BELLWETHER_APPS = [
    "apps.core",
    "apps.accounts",
    "apps.marketplace",
    "apps.engagement",
    "apps.hierarchy",
    "apps.imports",
    "apps.analytics",
    "apps.documents",
    "apps.notifications",
    "apps.reports",
    "apps.queries",
    "apps.backoffice",
    "apps.demo",
]
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "apps.backoffice.admin_config.BellwetherAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "csp",
    *BELLWETHER_APPS,
]

MIDDLEWARE = [
    "apps.core.rest.middleware.ApiErrorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.accounts.middleware.OrganizationContextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "apps.backoffice.middleware.AdminOrganizationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]

FILES_DIR = VAR_DIR / "files"  # of reports and exports; every host that makes or serves them shares it
# What may be exported: rows by role and by format, at work at once, and asked for within a day.
EXPORT_MAX_ROWS = {
    "viewer": env.int("EXPORT_MAX_ROWS_VIEWER", default=100_000),
    "analyst": env.int("EXPORT_MAX_ROWS_ANALYST", default=5_000_000),
    "owner": env.int("EXPORT_MAX_ROWS_OWNER", default=5_000_000),
}
EXPORT_MAX_FORMAT_ROWS = {"xlsx": 1_000_000, "pdf": 5_000}
EXPORT_MAX_OPEN = env.int("EXPORT_MAX_OPEN", default=10)  # of an organization
EXPORT_MAX_OPEN_PER_USER = env.int("EXPORT_MAX_OPEN_PER_USER", default=3)
EXPORT_MAX_PER_DAY = {
    "viewer": env.int("EXPORT_MAX_PER_DAY_VIEWER", default=20),
    "analyst": env.int("EXPORT_MAX_PER_DAY_ANALYST", default=200),
    "owner": env.int("EXPORT_MAX_PER_DAY_OWNER", default=200),
}
EXPORT_MAX_ATTEMPTS = 3
EXPORT_STATEMENT_SECONDS = 20 * 60  # below a task's time limit
EXPORT_KEPT_DAYS = env.int("EXPORT_KEPT_DAYS", default=7)
# A report that nobody was there to make is made up for, unless it was due longer ago than this; an older one is missed.
REPORT_CATCH_UP_HOURS = env.int("REPORT_CATCH_UP_HOURS", default=24)
IMPORTS_DIR = VAR_DIR / "imports"
IMPORT_MAX_FILE_BYTES = env.int("IMPORT_MAX_FILE_BYTES", default=200 * 1024 * 1024)

MEDIA_ROOT = VAR_DIR / "media"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "apps.core.uploads.BoundedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Without a server mail stays in the outbox, where the admin shows it.
vars().update(mail_server(env.str("EMAIL_URL", default="")))
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=30)  # seconds, for each answer of the server
EMAIL_ACCEPTANCE_TIMEOUT = env.int("EMAIL_ACCEPTANCE_TIMEOUT", default=180)  # for the one that takes a mail over
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Bellwether <bellwether@bellwether.localhost>")
MAIL_KEPT_DAYS = env.int("MAIL_KEPT_DAYS", default=400)
MAIL_MAX_ATTACHMENTS_BYTES = env.int("MAIL_MAX_ATTACHMENTS_BYTES", default=10 * 1024 * 1024)
SITE_URL = env.str("SITE_URL", default="").rstrip("/")  # what links in mails begin with

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True  # what a task did stands in the job ledger
CELERY_RESULT_EXPIRES = None
CELERY_TASK_DEFAULT_QUEUE = "bellwether"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 25 * 60  # RabbitMQ takes back what is not acknowledged within 30 minutes
CELERY_TASK_SOFT_TIME_LIMIT = 24 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A request that enqueues while the broker is down gives up after seconds; a sweeper sends the job later.
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"


def redis_transport_options() -> dict[str, Any]:
    """Return what the broker connection needs where the broker is Redis.

    A message comes back when no worker has acknowledged it within the visibility timeout, so that exceeds the longest
    a task may run.
    """
    return {
        "visibility_timeout": 2 * CELERY_TASK_TIME_LIMIT,
        "socket_connect_timeout": CELERY_BROKER_CONNECTION_TIMEOUT,
        "socket_keepalive": True,
    }


def redis_cache(url: str, *, prefix: str = "bellwether") -> dict[str, Any]:
    """Return Django's description of a cache in the Redis at a URL."""
    return {
        "BACKEND": "config.cache.SharedRedisCache",
        "LOCATION": url,
        "KEY_PREFIX": prefix,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
