"""The embedded servers, with real processes and real kills."""

import os
import signal
import socket

import psutil
import psycopg2
import pytest
import redis

from tests.config.processes import USER, User, keepers, run, servers, wait_until

FORKING_USER = USER.replace(
    "sys.stdin.read()",
    """
import os
child = os.fork()
if child == 0:
    sys.exit()
os.waitpid(child, 0)
print("forked", flush=True)
sys.stdin.read()
""",
)


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    """A deep directory with a space in its name: too long for a socket's path."""
    path = tmp_path_factory.mktemp("with a space") / ("deep" * 20) / ("deeper" * 20)
    path.mkdir(parents=True)
    if os.geteuid() == 0:
        for directory in path.parents:
            directory.chmod(directory.stat().st_mode | 0o001)
    return path


@pytest.fixture(autouse=True)
def nothing_left(var):
    yield
    wait_until(lambda: not keepers(var) and not servers(var), "an end of keepers and servers")


def ask(address):
    connection = psycopg2.connect(host=str(address), user="postgres", dbname="bellwether")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int / 10000, pg_postmaster_start_time()")
            return cursor.fetchone()
    finally:
        connection.close()


def test_processes_that_start_at_once_share_one_server(var):
    users = [User("postgres", var) for _ in range(4)]
    addresses = {user.address() for user in users}

    assert len(addresses) == 1
    assert len(servers(var)) == len(keepers(var)) == 1
    assert ask(addresses.pop())[0] == 18
    for user in users:
        user.end()


def test_a_server_lives_as_long_as_one_of_its_users(var):
    with User("postgres", var) as staying:
        address = staying.address()
        with User("postgres", var) as passing:
            passing.address()
        with User("postgres", var) as killed:
            killed.address()
            killed.process.kill()
        started = ask(address)[1]
        keeper = keepers(var)[0]
        with pytest.raises(psutil.TimeoutExpired):
            keeper.wait(2)  # longer than the keeper lingers without users
        assert ask(address)[1] == started

    wait_until(lambda: not address.exists(), "the removal of the socket directory")


def test_the_end_of_a_forked_child_is_not_the_end_of_its_parent(var):
    with User("postgres", var, program=FORKING_USER) as user:
        address = user.address()
        assert user.process.stdout.readline() == "forked\n"
        with pytest.raises(psutil.TimeoutExpired):
            keepers(var)[0].wait(2)
        assert ask(address)[0] == 18


def test_a_killed_server_is_started_again_at_the_old_address(var):
    with User("postgres", var) as user:
        address = user.address()
        servers(var)[0].kill()
        with User("postgres", var) as following:
            assert following.address() == address
            assert ask(address)[0] == 18


def test_after_a_crash_of_everything_the_next_command_finds_its_data(var):
    user = User("postgres", var)
    connection = psycopg2.connect(host=str(user.address()), user="postgres", dbname="bellwether")
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE remembered AS SELECT 42 AS answer")
    for process in (*keepers(var), *servers(var)):
        process.kill()
    user.kill()
    connection.close()

    with User("postgres", var) as following:
        connection = psycopg2.connect(host=str(following.address()), user="postgres", dbname="bellwether")
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT answer FROM remembered")
            assert cursor.fetchall() == [(42,)]
            cursor.execute("DROP TABLE remembered")
        connection.close()


def test_a_server_that_lost_its_keeper_gets_another_and_ends_with_its_users(var):
    with User("postgres", var) as user:
        address = user.address()
        keepers(var)[0].kill()
        with User("postgres", var) as following:
            assert following.address() == address
            assert len(servers(var)) == len(keepers(var)) == 1
            assert ask(address)[0] == 18


def test_a_process_id_that_now_is_somebody_elses_stops_nothing(var):
    user = User("postgres", var)
    address = user.address()
    for process in (*keepers(var), *servers(var)):
        process.kill()
    user.kill()
    wait_until(lambda: not servers(var), "the end of the server")
    noted = var / "postgres" / "postmaster.pid"
    with User("redis", var) as other:  # any process that is not a PostgreSQL
        other.address()
        lines = noted.read_text().splitlines()
        noted.write_text("\n".join([str(other.process.pid), *lines[1:]]) + "\n")
        (address / ".s.PGSQL.5432").unlink(missing_ok=True)

        with User("postgres", var) as following:
            assert ask(following.address())[0] == 18
            assert other.process.poll() is None


def test_a_terminated_keeper_stops_its_server_in_order(var):
    with User("postgres", var) as user:
        user.address()
        keeper = keepers(var)[0]
        keeper.send_signal(signal.SIGTERM)
        wait_until(lambda: not servers(var), "the end of the server")
        assert (var / "embedded/postgres/log").read_text().rstrip().endswith("database system is shut down")


def test_the_queue_survives_a_kill_of_redis(var):
    with User("redis", var) as user:
        address = user.address()
        with redis.Redis(unix_socket_path=str(address / "redis.sock")) as client:
            client.delete("queue")
            client.rpush("queue", "first", "second")
            wait_until(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0, "the write to disk")
        servers(var)[0].kill()
        with User("redis", var) as following:
            assert following.address() == address
            with redis.Redis(unix_socket_path=str(address / "redis.sock")) as client:
                assert client.lrange("queue", 0, -1) == [b"first", b"second"]


def test_nothing_listens_on_the_network_and_only_the_owner_may_come_in(var):
    with User("postgres", var) as one, User("redis", var) as other:
        for user in (one, other):
            assert user.address().stat().st_mode & 0o777 == 0o700
        for process in servers(var):
            listening = [c for c in process.net_connections("all") if c.status == psutil.CONN_LISTEN]
            assert [c for c in listening if c.family != socket.AF_UNIX] == []


def test_a_command_works_at_once_on_a_fresh_checkout(var):
    asked = run(
        var,
        "manage.py",
        "shell",
        "-v0",
        "-c",
        (
            "from django.core.cache import cache; from django.db import connection; cache.set('a', 'b', 9);"
            "connection.ensure_connection(); print(connection.pg_version // 10000, cache.get('a'))"
        ),
    )

    assert (asked.returncode, asked.stdout, asked.stderr) == (0, "18 b\n", "")


def test_help_starts_no_server(tmp_path):
    assert run(tmp_path, "manage.py", "--help").returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_data_of_another_postgresql_are_refused_with_a_sentence(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("17\n")
    refused = run(tmp_path, "manage.py", "migrate")

    assert refused.returncode == 1
    assert refused.stderr == (
        f"{tmp_path.resolve()}/postgres was written by PostgreSQL 17, the installed one is 18: "
        "see docs/operations.md, section upgrades.\n"
    )
