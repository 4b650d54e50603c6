"""The production server: `uv run python serve.py`.

granian's own command reads neither PORT nor WEB_CONCURRENCY nor WEB_THREADS, and finds
a wrong start only in its workers. Every setting: `uv run granian --help`
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys

from granian import Granian
from granian.constants import HTTPModes
from granian.constants import Interfaces


def main() -> None:
    host, port = address()
    workers = number("WEB_CONCURRENCY", 2, 512)
    threads = number("WEB_THREADS", 4, 512)
    check_port(host, port)
    check_start()

    # A worker that replaces another must not be a fork of a process with threads.
    multiprocessing.set_start_method("spawn")
    Granian(
        "run:app",
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=threads,
        # Connections that a worker holds at once. Most of them wait for a client.
        backpressure=1_000,
        # With HTTP/2 as well, a client that sends nothing would be waited for for ever.
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        # Seconds that requests under way at a stop have to finish; the platform's own
        # patience must be longer.
        workers_kill_timeout=30,
    ).serve()


def address() -> tuple[str, int]:
    # For a proxy on the same machine; for the whole network where a platform sets PORT.
    host = "0.0.0.0" if os.environ.get("PORT") else "127.0.0.1"  # noqa: S104
    return host, number("PORT", 8000, 65_535)


def number(name: str, default: int, highest: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= highest):
        sys.exit(f"{name} must be a number from 1 to {highest}, not {text!r}.")
    return int(text)


def check_port(host: str, port: int) -> None:
    """Refuse a port in use: granian would get some of its connections, unnoticed."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(f"PORT must be a free port, not {port}: {error.strerror}.")


def check_start() -> None:
    """Refuse a wrong start here: workers would each repeat it, among other lines."""
    # In a process of its own, so that the code is not kept in this one as well.
    tried = subprocess.run([sys.executable, "-c", "import run"], check=False)
    if tried.returncode:
        sys.exit(tried.returncode)


if __name__ == "__main__":
    main()
