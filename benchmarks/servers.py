"""Starts a server on loopback, and ends it with all that it has started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.loads import LOOPBACK
from benchmarks.processes import cpu_seconds
from benchmarks.processes import pss
from benchmarks.processes import tree

START_SECONDS = 60
# CPU seconds that a server without requests takes at most, in half a second.
IDLE = 0.02


@dataclass(frozen=True)
class Server:
    """A server that is running."""

    url: str
    pid: int

    def cpu(self) -> float:
        """Return the CPU time that it and its workers have taken, in seconds."""
        return cpu_seconds(self.pid)

    def memory(self) -> int:
        """Return the memory of it and its workers, in bytes."""
        return pss(tree(self.pid))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def serving(
    folder: Path, *command: str, environment: Mapping[str, str]
) -> Iterator[Server]:
    """Run a server until the block ends; `PORT` in its command becomes the port.

    Raises RuntimeError with its output if it does not answer within a minute.
    """
    port = free_port()
    log = folder / f"server-{port}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [part.replace("PORT", str(port)) for part in command],
            cwd=folder,
            env={**environment, "PORT": str(port), "BIND": LOOPBACK},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for_answer(process, port, log)
        wait_until_idle(process.pid)
        yield Server(f"http://{LOOPBACK}:{port}", process.pid)
    finally:
        # The group has the processes that the server started, and no others.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.unlink()


def wait_for_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            socket.create_connection((LOOPBACK, port), timeout=1).close()
            return
        time.sleep(0.1)

    raise RuntimeError(f"nothing answers on {port}:\n{log.read_text()}")


def wait_until_idle(root: int) -> None:
    """Return when no worker is loading the application, which some do later."""
    deadline, spent = time.monotonic() + START_SECONDS, -1.0
    while time.monotonic() < deadline and cpu_seconds(root) > spent + IDLE:
        spent = cpu_seconds(root)
        time.sleep(0.5)
