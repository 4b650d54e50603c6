"""What a process and its children cost: CPU time and memory, as Linux counts them.

Memory is PSS: a page that several processes share counts as a part for each of them, so
that the sum over a tree is what the tree takes. What `just bench` of a project counts
in the same way is taken from it.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from template.deploy import bench

# The place in /proc/PID/stat after the name of the CPU time, in ticks, of the children
# that have ended.
ENDED_CHILDREN = slice(13, 15)
TICKS = os.sysconf("SC_CLK_TCK")

MIB = 1024**2


@dataclass(frozen=True)
class Finished:
    """What a command and all that it started has cost, in seconds."""

    cpu: float
    wall: float
    output: str


def finished(
    folder: Path, *command: str, environment: Mapping[str, str], seconds: float = 600
) -> Finished:
    """Run a command to its end; a failure raises RuntimeError with its output."""
    before, started = os.times(), time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=seconds,
    )
    wall, after = time.monotonic() - started, os.times()
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}")
    cpu = (
        after.children_user + after.children_system
        - before.children_user - before.children_system
    )  # fmt: skip
    return Finished(cpu, wall, done.stdout)


def cpu_seconds(root: int) -> float:
    """Return the CPU time of a tree, including children that have ended."""
    total = 0.0
    for pid in bench.tree(root):
        with suppress(OSError):
            ended = sum(map(int, bench.stat(pid)[ENDED_CHILDREN]))
            total += time.clock_gettime(cpu_clock(pid)) + ended / TICKS
    return total


def cpu_clock(pid: int) -> int:
    """Return the clock of a process, which is more exact than ticks; raises OSError."""
    clock = ctypes.c_int()
    error = ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock))
    if error:
        raise OSError(error, os.strerror(error))
    return clock.value


def memory(pids: list[int]) -> int:
    """Return the memory of those processes that have not ended, in bytes."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += bench.pss(pid)
    return total


@dataclass
class Peak:
    """The most memory that a tree took while the block ran, in bytes."""

    pids: list[int]
    ended: threading.Event = field(default_factory=threading.Event)
    highest: int = 0

    def watch(self) -> None:
        while not self.ended.wait(0.005):
            self.highest = max(self.highest, memory(self.pids))


@contextmanager
def peak_of(root: int) -> Iterator[Peak]:
    """Look at the memory of a tree every few milliseconds until the block ends."""
    peak = Peak(bench.tree(root))
    watcher = threading.Thread(target=peak.watch)
    watcher.start()
    try:
        yield peak
    finally:
        peak.ended.set()
        watcher.join()
