"""Production refuses to start half configured, and says what is missing."""

import re

import pytest

from tests.config.processes import run

COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "DATABASE_URL": "postgres://bellwether:secret@db.example:5432/bellwether",
    "REDIS_URL": "redis://cache.example:6379/0",
    "SECRET_KEY": "s3cr3t-and-long-enough-for-a-key-of-an-installation-0123456789",
    "ALLOWED_HOSTS": "bi.example.com,bi.example.org",
    "EMAIL_URL": "smtp+tls://bellwether:secret@mail.example:587",
    "DEFAULT_FROM_EMAIL": "Bellwether <reports@example.com>",
    "SITE_URL": "https://bi.example.com/",
}
ASK = "from django.conf import settings; print(*[getattr(settings, n) for n in {names!r}], sep='\\n')"


def ask(tmp_path, *names, **changes):
    settings = {**COMPLETE, **changes}
    given = {name: value for name, value in settings.items() if value is not None}
    answered = run(tmp_path, "-c", ASK.format(names=names), **given)
    assert answered.returncode == 0, answered.stderr
    return answered.stdout.splitlines()


def refusal(tmp_path, **changes):
    given = {name: value for name, value in {**COMPLETE, **changes}.items() if value is not None}
    refused = run(tmp_path, "manage.py", "check", **given)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "secret" not in refused.stderr
    assert "s3cr3t" not in refused.stderr
    return re.findall(r"^  - ([A-Z_]+) (.*)$", refused.stderr, re.MULTILINE)


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DEFAULT_FROM_EMAIL", "SITE_URL"]
)
def test_what_is_missing_is_named(tmp_path, name):
    [(named, sentence)] = refusal(tmp_path, **{name: None})

    assert named == name
    assert sentence.startswith("is missing: ")


def test_everything_that_is_wrong_is_named_at_once(tmp_path):
    named = refusal(tmp_path, DATABASE_URL="", REDIS_URL=None, SECRET_KEY="short", ALLOWED_HOSTS="*", DEBUG="true")

    assert named == [
        ("DATABASE_URL", "is missing: the PostgreSQL, as postgres://user:password@host:5432/name."),
        ("REDIS_URL", "is missing: the Redis, as redis://host:6379/0."),
        ("SECRET_KEY", "is too weak: it takes at least 50 random characters."),
        (
            "ALLOWED_HOSTS",
            "lets every host name in: it takes the host names that this installation answers to, with commas between.",
        ),
        ("DEBUG", "is on: it shows settings and data to whoever meets an error."),
    ]


def test_another_database_than_postgresql_is_refused(tmp_path):
    refused = run(tmp_path, "manage.py", "check", **{**COMPLETE, "DATABASE_URL": "mysql://root@localhost/bellwether"})

    assert refused.returncode == 1
    assert refused.stderr == ("DATABASE_URL names another database than PostgreSQL: postgres://user@host/name.\n")


def test_django_finds_nothing_to_warn_of_and_no_embedded_server_is_started(tmp_path):
    checked = run(tmp_path, "-Wd", "manage.py", "check", "--deploy", "--fail-level", "WARNING", **COMPLETE)

    assert (checked.returncode, checked.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_secrets_come_from_files_without_the_newline_that_editors_add(tmp_path):
    (tmp_path / "key").write_text(COMPLETE["SECRET_KEY"] + "\n")
    answered = ask(
        tmp_path,
        "SECRET_KEY",
        "DEBUG",
        "SECURE_SSL_REDIRECT",
        "ALLOWED_HOSTS",
        SECRET_KEY=None,
        SECRET_KEY_FILE=str(tmp_path / "key"),
        SECURE_SSL_REDIRECT="false",
    )

    assert answered == [COMPLETE["SECRET_KEY"], "False", "False", "['bi.example.com', 'bi.example.org']"]


def test_the_broker_is_redis_unless_another_is_named(tmp_path):
    assert ask(tmp_path, "CELERY_BROKER_URL") == ["redis://cache.example:6379/0"]

    amqp = "amqp://bellwether@queue.example:5672/bellwether"
    assert ask(tmp_path, "CELERY_BROKER_URL", "CELERY_BROKER_TRANSPORT_OPTIONS", BROKER_URL=amqp) == [amqp, "{}"]


SERVER = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS", "EMAIL_USE_SSL")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", ["mail.example", "25", "", "", "False", "False"]),
        ("smtp+tls://me:p%40ss@mail.example:2587", ["mail.example", "2587", "me", "p@ss", "True", "False"]),
        ("smtps://me:secret@mail.example", ["mail.example", "465", "me", "secret", "False", "True"]),
    ],
)
def test_the_mail_server_comes_from_one_address(tmp_path, url, server):
    assert ask(tmp_path, *SERVER, EMAIL_URL=url) == server


@pytest.mark.parametrize("url", ["consolemail://", "smtp://", "http://user:secret@mail.example", "smtp://mail:many"])
def test_an_address_of_no_mail_server_is_refused_without_being_repeated(tmp_path, url):
    refused = run(tmp_path, "manage.py", "check", **{**COMPLETE, "EMAIL_URL": url})

    assert refused.returncode == 1
    assert refused.stderr.startswith("EMAIL_URL is not the address of a mail server: ")
    assert "secret" not in refused.stderr


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("smtp+tls://me:secret@mail.example:587?timeout=5", "goes on after the port"),
        ("smtps://me:secret@mail.example/secret", "goes on after the port"),
        ("smtps://me:12/secret@mail.example", "goes on after the port"),
        ("smtps://me:secret@mail.example#secret", "goes on after the port"),
        ("smtps://me:secr%C3%A9t@mail.example", "letters that cannot be sent"),
        ("smtps://m%C3%A9:secret@mail.example", "letters that cannot be sent"),
    ],
    ids=["an option", "a path", "a password with a slash", "a fragment", "a password in UTF-8", "a user in UTF-8"],
)
def test_an_address_that_would_be_half_read_is_refused_without_being_repeated(tmp_path, url, told):
    refused = run(tmp_path, "manage.py", "check", **{**COMPLETE, "EMAIL_URL": url})

    assert refused.returncode == 1
    assert refused.stderr.startswith("EMAIL_URL ")
    assert told in refused.stderr
    assert "secr" not in refused.stderr


def test_times_to_wait_for_a_mail_server_are_times(tmp_path):
    checked = run(tmp_path, "manage.py", "check", **COMPLETE, EMAIL_TIMEOUT="0", EMAIL_ACCEPTANCE_TIMEOUT="-1")

    assert checked.returncode == 1
    assert checked.stderr.count("bellwether.E033") == 2


def test_without_a_mail_server_the_installation_starts_and_a_check_says_that_mail_stays(tmp_path):
    without = {name: value for name, value in COMPLETE.items() if name not in ("EMAIL_URL", "SITE_URL")}
    assert ask(tmp_path, "EMAIL_HOST", "SITE_URL", EMAIL_URL=None, SITE_URL=None) == ["", "https://bi.example.com"]

    checked = run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **without)
    assert checked.returncode == 1
    assert "bellwether.W030" in checked.stderr
    assert "stay in the outbox" in checked.stderr


def test_whom_mails_are_from_has_an_address(tmp_path):
    checked = run(tmp_path, "manage.py", "check", **{**COMPLETE, "DEFAULT_FROM_EMAIL": "Bellwether"})

    assert checked.returncode == 1
    assert "bellwether.E031" in checked.stderr
