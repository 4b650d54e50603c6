"""A rendered project, installed, checked and served as its owner does."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.support import options
from tests.support.facts.pieces import DECLARED
from tests.support.rendering import BIN
from tests.support.rendering import ROOT
from tests.support.rendering import run

PRODUCTION = {
    "APP_CONFIG": "production",
    "SECRET_KEY": "k" * 48,
    "TRUSTED_HOSTS": "127.0.0.1",
    "SITE_URL": "https://127.0.0.1",
}
DEVELOPMENT = {"APP_CONFIG": "development"}


def uv(project: Path, *arguments: str, **environment: str) -> str:
    return run(project, str(BIN / "uv"), *arguments, **environment)


def install(
    project: Path,
    environment: Path,
    python: str,
    resolution: str = "highest",
    *,
    dev: bool = True,
) -> None:
    """Install what a project declares, in an environment outside of the project."""
    uv(
        project, "sync", "--quiet", f"--python={python}",
        f"--resolution={resolution}", *([] if dev else ["--no-dev"]),
        UV_PROJECT_ENVIRONMENT=str(environment), UV_PYTHON_DOWNLOADS="never",
    )  # fmt: skip


def free_names(project: Path) -> set[str]:
    """Return the packages of a lock file that a project could be named after."""
    locked = tomllib.loads((project / "uv.lock").read_text())
    names = (ROOT / "extensions/names.jinja").read_text()
    others = yaml.safe_load(
        names.split("{% set taken = packages + ")[1].split(" %}")[0]
    )
    packages = [
        *(name for piece in DECLARED["pieces"] for name in piece.get("packages", [])),
        *(name for piece in DECLARED["pieces"] for name in piece.get("shares", [])),
        *(name for piece in DECLARED["pieces"] for name in piece.get("brings", [])),
    ]
    return {package["name"] for package in locked["package"]} - {*others, *packages}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def program(name: str, folder: str | None = None) -> str:
    """Return the path of a program; if it is missing, skip the test or fail it."""
    path = shutil.which(name, path=f"{folder or ''}:{os.environ['PATH']}:/usr/sbin")
    if path is None and options.chosen.require_services:
        pytest.fail(f"--require-services is set, and {name} is not installed")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


def get(url: str, seconds: float = 10) -> Answer:
    try:
        response = urllib.request.urlopen(url, timeout=seconds)  # noqa: S310  # loopback
    except urllib.error.HTTPError as error:
        response = error
    with response:
        text = response.read().decode("utf-8", "replace")
        return Answer(response.status, dict(response.headers), text)


@dataclass
class Server:
    url: str
    process: subprocess.Popen[str]
    log: Path

    def stop(self) -> int:
        """Stop the server as an operator does, and return its exit status.

        gunicorn loses a SIGTERM for a worker that it has forked a moment ago, and kills
        this worker after `graceful_timeout`, 30 seconds. granian loses one for a worker
        whose start is in the log for less than about 0.1 seconds.
        """
        if "Spawning worker-" in self.log.read_text():
            until(self.has_started_its_workers)
            time.sleep(1)
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def has_started_its_workers(self) -> bool:
        """Return whether each worker that granian began to start is in its log."""
        log = self.log.read_text()
        return log.count("Spawning worker-") == log.count("Started worker-")

    def left_nothing_running(self) -> bool:
        return group_ends(self.process.pid)


@contextlib.contextmanager
def served(project: Path, *command: str, **environment: str) -> Iterator[Server]:
    """Run a server until the block ends; it must answer within two minutes.

    Its port is the PORT of the environment, or a free one. PORT in the command becomes
    the number.
    """
    port = int(environment.get("PORT") or free_port())
    log = project.parent / f"{project.name}-{port}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [part.replace("PORT", str(port)) for part in command],
            cwd=project,
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        wait_for_port(port, process, log)
        yield Server(f"http://127.0.0.1:{port}", process, log)
    finally:
        # The group has the processes that the server started, and no others.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait until a condition holds; AssertionError if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition was not reached in time"
        time.sleep(0.05)


def group_ends(leader: int, seconds: float = 5) -> bool:
    """Return whether all children of a process have ended, or are about to end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.killpg(leader, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)

    return False


def on_loopback(project: Path, server: str, more: str = "") -> tuple[str, ...]:
    """Return the production command, listening on loopback only, on the port in PORT.

    With PORT set, a project listens on all interfaces, which tests must not. `more` is
    added to the settings of gunicorn.
    """
    loopback = ("env", "BIND=127.0.0.1")
    if server == "granian":
        return (*loopback, "python", "serve.py")
    if not more:
        return (*loopback, "gunicorn", "run:app")
    copy = project.parent / f"{project.name}-{len(more)}-gunicorn.conf.py"
    copy.write_text((project / "gunicorn.conf.py").read_text() + more)
    return (*loopback, "gunicorn", "run:app", "--config", str(copy))


def refusal(
    project: Path, *command: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Return the result of a start that fails; it must leave no process running."""
    process = subprocess.Popen(
        command,
        cwd=project,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        # The contract's 10 seconds, and a margin for a busy machine.
        out, err = process.communicate(timeout=30)
        assert group_ends(process.pid), f"something runs on:\n{out}\n{err}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def wait_for_port(port: int, process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)

    raise AssertionError(f"nothing answers on {port}:\n{log.read_text()}")
