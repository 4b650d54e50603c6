"""A bounded load on a server of this machine, by h2load of the nghttp2 project.

It sends a number of requests over connections that stay open, and says how many of them
were answered. Debian has it in the package nghttp2-client.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_REQUESTS = 20_000
MAX_SECONDS = 120
CONNECTIONS = 16
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Load:
    """How many requests were answered with 200, and how many of them in a second."""

    requests: int
    per_second: float


def load(urls: Sequence[str], requests: int, connections: int = CONNECTIONS) -> Load:
    """Request the addresses in turns, and return the load.

    Raises ValueError for an address of another machine or for too many requests,
    RuntimeError if h2load is not installed, or if a request is answered with an error.
    """
    if not 0 < requests <= MAX_REQUESTS:
        raise ValueError(f"{requests} requests: at most {MAX_REQUESTS} are sent")
    for url in urls:
        if urlsplit(url).hostname != LOOPBACK:
            raise ValueError(f"{url}: only {LOOPBACK} is sent requests")
    clients = min(connections, requests)
    program = shutil.which("h2load")
    if program is None:
        raise RuntimeError("h2load is missing: install nghttp2-client")
    done = subprocess.run(
        [program, "--h1", f"-n{requests}", f"-c{clients}", "-t1", *urls],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        timeout=MAX_SECONDS,
        env={**os.environ, "LC_ALL": "C"},
    )
    return read(done.stdout, requests)


def read(output: str, requests: int) -> Load:
    """Return what the report of h2load says; RuntimeError unless all is answered."""
    answered = re.search(r"status codes: (\d+) 2xx", output)
    speed = re.search(r"finished in .*?, ([\d.]+) req/s", output)
    if answered is None or speed is None or int(answered[1]) != requests:
        raise RuntimeError(f"not every request was answered with 200:\n{output}")
    return Load(requests, float(speed[1]))
