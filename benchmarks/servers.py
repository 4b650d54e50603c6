"""Starts a server on loopback, and ends it with all that it has started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.loads import LOOPBACK
from benchmarks.processes import cpu_seconds
from template.deploy import bench


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
        return bench.memory(self.pid)


@contextmanager
def serving(
    folder: Path, *command: str, environment: Mapping[str, str]
) -> Iterator[Server]:
    """Run a server until the block ends; `PORT` in its command becomes the port.

    Raises RuntimeError with its output if it does not start.
    """
    port = bench.free_port()
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
        if not bench.answers(process, port):
            raise RuntimeError(f"nothing answers on {port}:\n{log.read_text()}")
        bench.wait_until_idle(process.pid)
        yield Server(f"http://{LOOPBACK}:{port}", process.pid)
    finally:
        # The group has the processes that the server started, and no others.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        log.unlink()
