"""How settings are read: from NAME, or from the file that NAME_FILE points to, and never silently wrong."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from config.embedded import EmbeddedServiceFailed, socket_directory

WITHOUT_SERVICES = {
    "--help",
    "--version",
    "-h",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "version",
}
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465, "smtp+ssl": 465}
# Seconds that a statement may take: people wait for a web process, nobody for a worker; a command may take its time.
STATEMENT_SECONDS = {"web": ("STATEMENT_TIMEOUT_SECONDS", 30), "worker": ("WORKER_STATEMENT_TIMEOUT_SECONDS", 15 * 60)}
LINTERS = {"mypy", "dmypy", "stubtest", "lint-imports"}


class _Files(FileAwareMapping):
    """Editors end a file with a newline that is not part of the secret."""

    def __getitem__(self, key: str) -> str:
        return str(super().__getitem__(key)).rstrip("\r\n")


class Environment(environ.FileAwareEnv):
    """django-environ's typed readers."""

    ENVIRON = _Files()


env = Environment()


def database(url: str, *, statement: str = "") -> dict[str, Any]:
    """Return Django's description of the database at a URL; `statement` goes into the `options` of each connection."""
    settings: dict[str, Any] = environ.Env.db_url_config(url)
    if not settings.get("ENGINE", "").endswith("postgresql"):
        raise ImproperlyConfigured("DATABASE_URL names another database than PostgreSQL: postgres://user@host/name.")
    return _completed(settings, statement)


def embedded_database(var: Path, *, statement: str = "") -> dict[str, Any]:
    """Return Django's description of the embedded PostgreSQL, which is started."""
    host = str(_socket_directory("postgres", var))
    settings = {"NAME": "bellwether", "USER": "postgres"}
    return _completed({**settings, "PASSWORD": "", "HOST": host, "PORT": "5432"}, statement)


def embedded_redis_url(var: Path) -> str:
    """Return the URL of the embedded Redis, which is started."""
    return f"unix://{_socket_directory('redis', var)}/redis.sock?db=0"


def broker_url(redis_url: str) -> str:
    """Return the URL of a Redis as Celery writes it."""
    path, _, query = redis_url.removeprefix("unix://").partition("?")
    if not redis_url.startswith("unix://"):
        return redis_url
    number = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair).get("db", "0")
    return f"redis+socket://{path}?virtual_host={number}"


def mail_server(url: str) -> dict[str, Any]:
    """Return Django's settings of the mail server at a URL; without a URL there is none, and `EMAIL_HOST` is empty.

    `smtp+tls://` turns to TLS by STARTTLS, `smtps://` and `smtp+ssl://` begin with it. Nothing follows the port: what
    does is an option that nobody reads, or the rest of a password.
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend", "EMAIL_HOST": ""}
    parts = urlsplit(url)
    scheme = parts.scheme
    try:
        known: dict[str, Any] = environ.Env.email_url_config(url) if scheme in MAIL_PORTS else {}
    except ValueError:
        known = {}
    if not known.get("EMAIL_HOST"):
        raise ImproperlyConfigured(
            "EMAIL_URL is not the address of a mail server: smtp+tls://user:password@host:587, smtps:// or smtp://."
        )
    if parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise ImproperlyConfigured(
            "EMAIL_URL goes on after the port. In a password, write / ? # as %2F %3F %23; "
            "how long to wait is said by EMAIL_TIMEOUT and EMAIL_ACCEPTANCE_TIMEOUT."
        )
    if not f"{known['EMAIL_HOST_USER']}{known['EMAIL_HOST_PASSWORD']}".isascii():
        raise ImproperlyConfigured("EMAIL_URL has a user or password with letters that cannot be sent: use ASCII.")
    return {
        "EMAIL_BACKEND": known["EMAIL_BACKEND"],
        "EMAIL_HOST": known["EMAIL_HOST"],
        "EMAIL_PORT": known["EMAIL_PORT"] or MAIL_PORTS[scheme],
        "EMAIL_HOST_USER": known["EMAIL_HOST_USER"] or "",
        "EMAIL_HOST_PASSWORD": known["EMAIL_HOST_PASSWORD"] or "",
        "EMAIL_USE_TLS": scheme == "smtp+tls",
        "EMAIL_USE_SSL": scheme in {"smtps", "smtp+ssl"},
    }


def _completed(settings: dict[str, Any], statement: str) -> dict[str, Any]:
    options = {"application_name": "bellwether", "connect_timeout": 10, **settings.get("OPTIONS", {})}
    # Of two values for one setting the later counts: that of the URL.
    if together := " ".join(filter(None, [*_limits(process_kind()), options.get("options"), statement])):
        options["options"] = together
    return {
        **settings,
        "ENGINE": "config.postgresql",
        "OPTIONS": options,
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }


def process_kind() -> str:
    """Return what the process that reads the settings is: `web`, `worker`, or empty for commands and all others."""
    program, command = Path(sys.argv[0]), sys.argv[1:2]
    if "config.wsgi" in sys.modules or command == ["runserver"]:  # a server imports the entry, and that the settings
        return "web"
    is_celery = "celery" in (program.name, program.parent.name)
    return "worker" if is_celery and "worker" in sys.argv[1:] else ""


def _limits(kind: str) -> list[str]:
    """Return the settings of a session that end statements: those that take too long, and those of a dead process."""
    if kind not in STATEMENT_SECONDS:
        return []
    name, seconds = STATEMENT_SECONDS[kind]
    limits = {
        "statement_timeout": env.int(name, default=seconds),
        "client_connection_check_interval": env.int("CLIENT_CHECK_SECONDS", default=2),
    }
    if min(limits.values()) < 0:
        raise ImproperlyConfigured(f"{name} and CLIENT_CHECK_SECONDS are seconds: 0, for no limit, or more.")
    return [f"-c {setting}={1000 * value}" for setting, value in limits.items() if value]


def _socket_directory(name: str, var: Path) -> Path:
    if not _needs_services(sys.argv):
        return var / "embedded" / name
    try:
        return socket_directory(name, var)
    except EmbeddedServiceFailed as error:
        raise ImproperlyConfigured(str(error)) from error


def _needs_services(arguments: list[str]) -> bool:
    """Whether the program that was called reads or writes data; most do."""
    if LINTERS & set(Path(arguments[0]).parts):
        return False
    return not WITHOUT_SERVICES & set(arguments[1:2]) and "--help" not in arguments
