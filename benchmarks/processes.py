"""What a process and its children cost: CPU time and memory, as Linux counts them.

Memory is PSS: a page that several processes share counts as a part for each of them, so
that the sum over a tree is what the tree takes.
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

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")

# Places in /proc/PID/stat after the name: the parent, and in ticks the CPU time of the
# children that have ended.
PARENT, ENDED_CHILDREN = 1, slice(13, 15)

KIB, MIB = 1024, 1024**2


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


def stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name; raises OSError."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def tree(root: int) -> list[int]:
    """Return a process and all its descendants that are running."""
    parents = {}
    for path in PROC.iterdir():
        if path.name.isdigit():
            with suppress(OSError):
                parents[int(path.name)] = int(stat(int(path.name))[PARENT])
    found = [root]
    for parent in found:
        found += [pid for pid, one in parents.items() if one == parent]
    return found


def cpu_seconds(root: int) -> float:
    """Return the CPU time of a tree, including children that have ended."""
    total = 0.0
    for pid in tree(root):
        with suppress(OSError):
            ended = sum(map(int, stat(pid)[ENDED_CHILDREN]))
            total += time.clock_gettime(cpu_clock(pid)) + ended / TICKS
    return total


def cpu_clock(pid: int) -> int:
    """Return the clock of a process, which is more exact than ticks; raises OSError."""
    clock = ctypes.c_int()
    error = ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock))
    if error:
        raise OSError(error, os.strerror(error))
    return clock.value


def pss(pids: list[int]) -> int:
    """Return the memory of processes, in bytes."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            text = (PROC / str(pid) / "smaps_rollup").read_text()
            line = next(line for line in text.splitlines() if line.startswith("Pss:"))
            total += int(line.split()[1]) * KIB
    return total


@dataclass
class Peak:
    """The most memory that a tree took while the block ran, in bytes."""

    pids: list[int]
    ended: threading.Event = field(default_factory=threading.Event)
    highest: int = 0

    def watch(self) -> None:
        while not self.ended.wait(0.005):
            self.highest = max(self.highest, pss(self.pids))


@contextmanager
def peak_of(root: int) -> Iterator[Peak]:
    """Look at the memory of a tree every few milliseconds until the block ends."""
    peak = Peak(tree(root))
    watcher = threading.Thread(target=peak.watch)
    watcher.start()
    try:
        yield peak
    finally:
        peak.ended.set()
        watcher.join()
