"""`make run`, short of make."""

import http.client
import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest

from tests.config.processes import CODE, PATIENCE_SECONDS, environment, keepers, run, servers, wait_until


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_taken_port_is_refused_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = run(tmp_path, "-m", "config.run", PORT=str(port))

    assert refused.returncode == 1
    assert refused.stderr == (
        f"Port {port} is taken by another program. Stop that, or choose another: make run PORT={port + 1}\n"
    )
    assert not (tmp_path / "embedded").exists()


@pytest.mark.parametrize("port", ["http", "0", "65536", "80.5", ""])
def test_what_is_not_a_port_is_refused(tmp_path, port):
    refused = run(tmp_path, "-m", "config.run", PORT=port)

    assert (refused.returncode, refused.stderr) == (
        1,
        f"PORT={port} is not a port: a whole number from 1 to 65535 is.\n",
    )


def test_everything_starts_answers_on_loopback_only_and_stops_without_a_trace(tmp_path, free_port):
    with subprocess.Popen(
        [sys.executable, "-m", "config.run"],
        cwd=CODE,
        env=environment(tmp_path, PORT=str(free_port), DEMO="no"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as everything:
        lines = []
        for line in everything.stdout:
            lines.append(line)
            if "Stop with Ctrl-C" in line:
                break
        assert f"Bellwether is ready:  http://127.0.0.1:{free_port}/admin/\n" in lines, "".join(lines)

        page = http.client.HTTPConnection("127.0.0.1", free_port, timeout=PATIENCE_SECONDS)
        page.request("GET", "/admin/login/")
        assert page.getresponse().status == 200
        page.close()
        started = [p for p in psutil.process_iter(["environ"]) if _is_of(p, tmp_path)]
        listening = {c.laddr for p in started for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN}
        assert listening == {("127.0.0.1", free_port)}
        again = run(tmp_path, "-m", "config.run", PORT=str(free_port))
        assert again.stderr == f"Bellwether runs already with the data in {tmp_path}: stop that first.\n"

        os.killpg(everything.pid, signal.SIGINT)  # what a terminal does
        rest = everything.stdout.read()
        assert everything.wait(PATIENCE_SECONDS) == 0
    assert rest.endswith("Stopped.\n")
    assert "Traceback" not in "".join(lines) + rest
    assert (servers(tmp_path), keepers(tmp_path)) == ([], [])
    wait_until(lambda: not any(p.is_running() for p in started), "the end of all processes")


def _is_of(process, var):
    return (process.info["environ"] or {}).get("BELLWETHER_RUN") == str(var)
