"""The production server: `uv run gunicorn run:app` reads this file.

Every setting: https://gunicorn.org/reference/settings/
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


wsgi_app = "run:app"

# For a proxy on the same machine; for the whole network where a platform sets PORT.
host = "0.0.0.0" if os.environ.get("PORT") else "127.0.0.1"  # noqa: S104
bind = f"{host}:{number('PORT', 8000, 65_535)}"

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
