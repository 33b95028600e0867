"""Real processes for the tests of the installation: users of embedded servers, commands as newcomers type them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

CODE = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 90  # a busy machine is slow, not broken

USER = """
import sys
from pathlib import Path
from config.embedded import socket_directory
print(socket_directory(sys.argv[1], Path(sys.argv[2])), flush=True)
sys.stdin.read()
"""


def environment(var, **changes):
    """The environment without any URL, so that the embedded servers are taken."""
    names = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "DJANGO_SETTINGS_MODULE", "PORT", "DEMO")
    kept = {k: v for k, v in os.environ.items() if k not in names and not k.startswith(("PYTEST_", "COV_"))}
    return {**kept, "BELLWETHER_VAR": str(var), **changes}


def run(var, *arguments, **changes):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=CODE,
        env=environment(var, **changes),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS * 2,
        check=False,
    )


class User:
    """A process that uses an embedded server until it ends."""

    def __init__(self, name, var, *, program=USER):
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, name, str(var)],
            cwd=CODE,
            env=environment(var),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def address(self):
        return Path(self.process.stdout.readline().strip())

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(PATIENCE_SECONDS)

    def kill(self):
        self.process.kill()
        self.end()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.end()


def servers(var):
    """The server processes whose data lie there. A child names the directory too, until it has its own title."""
    found = [
        p for p in psutil.process_iter(["cmdline", "ppid"]) if _names(p, var, program=("postgres", "redis-server"))
    ]
    numbers = {p.pid for p in found}
    return [p for p in found if p.info["ppid"] not in numbers]


def keepers(var):
    return [
        p
        for p in psutil.process_iter(["cmdline"])
        if "config.embedded.keeper" in (p.info["cmdline"] or ()) and str(var.resolve()) in p.info["cmdline"]
    ]


def _names(process, var, *, program):
    line = process.info["cmdline"] or [""]
    return Path(line[0]).name in program and any(part.startswith(f"{var.resolve()}/") for part in line[1:])


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.05)
