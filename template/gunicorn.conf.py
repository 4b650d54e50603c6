"""The production server: `uv run gunicorn run:app` reads this file.

Every setting: https://gunicorn.org/reference/settings/
The address is gunicorn's own rule: 127.0.0.1:8000 for a proxy on the same machine,
and every address of the machine on port PORT where the platform sets that.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def number(name: str, default: int, highest: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= highest):
        sys.exit(f"{name} must be a number from 1 to {highest}, not {text!r}.")
    return int(text)


number("PORT", 8000, 65_535)

wsgi_app = "run:app"
workers = number("WEB_CONCURRENCY", 2, 512)
worker_class = "gthread"
threads = number("WEB_THREADS", 4, 512)

# One copy of the code in memory for all workers. Safe, since nothing is opened
# before the fork: the factory makes no connection and starts no thread.
preload_app = True

# Seconds. Requests under way at a stop have the second one to finish; the platform's
# own patience must be longer.
timeout = 30
graceful_timeout = 30

# A worker is replaced after so many requests, which bounds what a leak can take.
max_requests = 10_000
max_requests_jitter = 1_000

# PROXY_HOPS alone decides which forwarding headers are believed.
forwarded_allow_ips = ""

# gunicorn would make a socket for commands under the home folder, which containers
# often lack or forbid to write to.
control_socket_disable = True

# The workers' heartbeat is a file: on a disk, a slow write looks like a dead worker.
if Path("/dev/shm").is_dir():  # noqa: S108  # nothing is kept there
    worker_tmp_dir = "/dev/shm"  # noqa: S108


def on_starting(server: Any) -> None:
    """Refuse a wrong start here: in a worker it would be respawned for ever."""
    if server.cfg.preload_app:
        return  # Loaded already, so the settings are right.

    # In a process of its own, so that a reload still finds nothing imported.
    tried = subprocess.run([sys.executable, "-c", "import run"], check=False)
    if tried.returncode:
        sys.exit(tried.returncode)
