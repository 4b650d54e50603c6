"""The files in deploy/ of a project, used as nginx and systemd use them."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.rendering import BIN
from tests.support.rendering import run
from tests.support.running.projects import free_port
from tests.support.running.projects import group_ends
from tests.support.running.projects import program
from tests.support.running.projects import served

# What systemd does between fork and exec: the socket becomes file descriptor 3.
ACTIVATE = """
import os, sys

os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""

SELF_SIGNED = (
    "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=127.0.0.1",
    "-keyout", "key", "-out", "certificate",
)  # fmt: skip


@contextlib.contextmanager
def nginx(project: Path, upstream: str, *, tls: bool = False) -> Iterator[str]:
    """Serve the site of deploy/nginx.conf on loopback, and give its address.

    `logs_of()` returns what its logs have.
    """
    port = free_port()
    folder = project.parent / f"nginx-{port}"
    folder.mkdir()
    certificate = (
        " ssl; ssl_certificate certificate; ssl_certificate_key key" if tls else ""
    )
    if tls:
        run(folder, program("openssl"), *SELF_SIGNED)
    site = (project / "deploy/nginx.conf").read_text()
    for old, new in {
        "listen [::]:80;": "",
        "listen 80;": f"listen 127.0.0.1:{port}{certificate};",
        "127.0.0.1:8000": upstream,
        "/var/log/nginx/error.log": "error.log",
    }.items():
        assert old in site
        site = site.replace(old, new)
    # Else its workers could not write into the test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid nginx.pid;\nevents {{}}\nhttp {{\n"
        # As Debian's nginx.conf has them.
        "gzip on; access_log access.log; error_log error.log;\n"
        "client_body_temp_path body; proxy_temp_path proxy;\n"
        "fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
        f"{site}}}\n"
    )
    command = [program("nginx"), "-p", f"{folder}/", "-c", "nginx.conf"]
    run(folder, *command, "-t")
    with served(project, *command, PORT=str(port)) as running:
        yield running.url.replace("http:", "https:") if tls else running.url


def logs_of(project: Path, url: str) -> str:
    """Return the lines of both logs of the nginx at an address."""
    folder = project.parent / f"nginx-{urlsplit(url).port}"
    return "".join((folder / f"{name}.log").read_text() for name in ("access", "error"))


def asked(url: str, request: str) -> str:
    """Return the answer to a request, both as they are sent."""
    host, port = urlsplit(url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as client:
        client.sendall(request.encode())
        return b"".join(iter(lambda: client.recv(65536), b"")).decode()


def encodings(url: str) -> list[str | None]:
    """Return how a style sheet and the form of the log-in are compressed."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    found = []
    for path in ("/static/css/style.css", "/auth/login"):
        connection.request("GET", path, headers={"Accept-Encoding": "gzip, br"})
        answer = connection.getresponse()
        found.append(answer.headers["Content-Encoding"])
        body = answer.read()
        text = gzip.decompress(body) if found[-1] else body
        assert (b"csrf_token" in text) is (path == "/auth/login")
    connection.close()
    return found


class Service:
    """deploy/app.service and deploy/app.socket, with systemd's part played here."""

    def __init__(
        self, kind: str, project: Path, environment: Path, **variables: str
    ) -> None:
        self.kind = kind
        self.project = project
        self.variables = variables
        unit = (project / "deploy/app.service").read_text()
        (command,) = re.findall(r"(?m)^ExecStart=\S+/\.venv/bin/(.*)$", unit)
        self.command = [*f"{environment}/bin/{command}".split()]
        self.log = project.parent / f"{project.name}-service.log"
        # ListenStream of the socket, on a free port.
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=4_096)
        self.upstream = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def start(self) -> None:
        number = str(self.socket.fileno())
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-S", "-E", "-c", ACTIVATE, number, *self.command],
                cwd=self.project,
                env={"PATH": f"{BIN}:{os.environ['PATH']}", **self.variables},
                pass_fds=[self.socket.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def terminate(self) -> None:
        """Start a stop as with KillMode=mixed: SIGTERM to the main process only."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> None:
        assert self.process.wait(40) == 0  # TimeoutStopSec
        assert group_ends(self.process.pid)

    def stop(self) -> None:
        self.terminate()
        self.wait()

    def connected(self) -> socket.socket:
        return socket.create_connection(self.socket.getsockname(), timeout=15)

    def wait_for(self, text: str, times: int = 1) -> None:
        """Wait until the log of the service has a text so many times."""
        deadline = time.monotonic() + 60
        while self.said().count(text) < times:
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def said(self) -> str:
        return self.log.read_text()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.socket.close()
