"""Measure the production server of this project on this machine: `uv run just bench`.

Starts it on loopback with 1, 2 and 4 workers, one after the other, sends some thousand
requests to one page with h2load, and prints what they cost. h2load comes with Debian's
nghttp2-client and Homebrew's nghttp2. Variables of the environment, such as
DATABASE_URL, are used; without them the settings are those of a trial, on SQLite.

Compare figures of one run only: they depend on the machine, and on what else it does.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORKERS = (1, 2, 4)
MAX_REQUESTS = 50_000
CONNECTIONS = 16

# Seconds for a start, and for the requests to one server.
MAX_START = 60
MAX_LOAD = 120

# CPU seconds that a server without requests takes at most, in half a second.
IDLE = 0.02

# Places in /proc/PID/stat after the name: the parent, and the CPU time in ticks of the
# process and of its children that have ended.
PARENT, TIMES = 1, slice(11, 15)
ROW = "{:>7} {:>15} {:>18} {:>6}\n"
HEADING = ROW.format("workers", "requests/second", "CPU ms per request", "MiB")


def main() -> None:
    if sys.platform != "linux":
        sys.exit("Only Linux counts the memory that processes share: see /proc.")
    given = arguments()
    # As Ctrl+C, so that the server is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if shutil.which("h2load") is None:
        sys.exit("Install h2load first: apt install nghttp2-client.")
    sys.stdout.write(HEADING)
    for workers in WORKERS:
        with tempfile.TemporaryDirectory() as folder:
            row = measure(Path(folder), workers, given.path, given.requests)
        sys.stdout.write(ROW.format(workers, *row))
        sys.stdout.flush()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="just bench")
    parser.add_argument("path", nargs="?", default="/", help="a page; / if left out")
    parser.add_argument("--requests", type=int, default=5_000, help="for each server")
    given = parser.parse_args()
    if not given.path.startswith("/"):
        parser.error("the path must begin with a slash: only this machine is measured")
    if not CONNECTIONS <= given.requests <= MAX_REQUESTS:
        parser.error(f"--requests must be from {CONNECTIONS} to {MAX_REQUESTS}")
    return given


def measure(folder: Path, workers: int, path: str, requests: int) -> list[str]:
    """Return requests per second, CPU milliseconds per request, and MiB of memory."""
    with serving(folder, workers) as (server, port):
        url = f"http://127.0.0.1:{port}{path}"
        # The first requests of a worker load what later ones use.
        load(url, max(requests // 10, CONNECTIONS))
        before = cpu_seconds(server)
        per_second = load(url, requests)
        spent = (cpu_seconds(server) - before) * 1_000 / requests
        return [f"{per_second:.0f}", f"{spent:.2f}", f"{memory(server) / 1024**2:.0f}"]


def settings(folder: Path, workers: int, port: int) -> dict[str, str]:
    """Return the environment of the server."""
    trial = {
        "APP_CONFIG": "production",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "SITE_URL": "https://127.0.0.1",
    }
    # What decides where it listens, and for whom, is not taken from the environment.
    ours = {
        "BIND": "127.0.0.1",
        "PORT": str(port),
        "TRUSTED_HOSTS": "127.0.0.1",
        "WEB_CONCURRENCY": str(workers),
    }
    return {**trial, **os.environ, **ours}


@contextmanager
def serving(folder: Path, workers: int) -> Iterator[tuple[int, int]]:
    """Run the server until the block ends; gives the ids of its process and port."""
    if sys.platform == "win32":  # for mypy: main() has refused it
        raise OSError("just bench needs Linux.")
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "run:app"]
    if (ROOT / "serve.py").exists():
        command = [sys.executable, "serve.py"]
    log = folder / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(  # noqa: S603  # the command is one of the two above
            command,
            cwd=ROOT,
            env=settings(folder, workers, port),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        if not answers(server, port):
            sys.exit(f"The server did not start:\n{log.read_text()}")
        wait_until_idle(server.pid)
        yield server.pid, port
    finally:
        # The group has the workers too, and nothing else.
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def free_port() -> int:
    """Return a port of loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the server takes connections; return whether it does."""
    deadline = time.monotonic() + MAX_START
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        time.sleep(0.1)
    return False


def wait_until_idle(root: int) -> None:
    """Return when no worker is loading the application, which some do later."""
    deadline, spent = time.monotonic() + MAX_START, -1.0
    while time.monotonic() < deadline and cpu_seconds(root) > spent + IDLE:
        spent = cpu_seconds(root)
        time.sleep(0.5)


def load(url: str, requests: int) -> float:
    """Send requests, and return how many were answered in a second.

    Ends the program if one is answered with an error.
    """
    command = ["h2load", "--h1", f"-n{requests}", f"-c{CONNECTIONS}", "-t1", url]
    done = subprocess.run(  # noqa: S603  # the address is one of this machine
        command, capture_output=True, text=True, check=False, timeout=MAX_LOAD
    )
    answered = re.search(r"status codes: (\d+) 2xx", done.stdout)
    speed = re.search(r"([\d.]+) req/s", done.stdout)
    if not answered or not speed or int(answered[1]) != requests:
        sys.exit(f"Not every request had a 200:\n{done.stdout}{done.stderr}")
    return float(speed[1])


def tree(root: int) -> list[int]:
    """Return a process and all its descendants."""
    parents = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with suppress(OSError):
                parents[int(path.name)] = int(stat(int(path.name))[PARENT])
    found = [root]
    for parent in found:
        found += [pid for pid, one in parents.items() if one == parent]
    return found


def stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_seconds(root: int) -> float:
    """Return the CPU time of those processes of a tree that have not ended."""
    if sys.platform == "win32":
        raise OSError("just bench needs Linux.")
    total = 0
    for pid in tree(root):
        with suppress(OSError):
            total += sum(map(int, stat(pid)[TIMES]))
    return total / os.sysconf("SC_CLK_TCK")


def memory(root: int) -> int:
    """Return the memory of a tree in bytes; shared pages count once.

    A process that has ended since the tree was listed counts nothing.
    """
    total = 0
    for pid in tree(root):
        with suppress(OSError):
            total += pss(pid)
    return total


def pss(pid: int) -> int:
    """Return the memory of a process in bytes, with its part of shared pages."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.partition("\nPss:")[2].split()[0]) * 1024


if __name__ == "__main__":
    main()
