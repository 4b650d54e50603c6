"""The production server: `uv run python serve.py`.

granian's own command reads neither PORT nor WEB_CONCURRENCY nor WEB_THREADS, takes no
socket from systemd, and finds a wrong start only in its workers. Every setting:
`uv run granian --help`
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime
from datetime import UTC
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from granian import net
from granian.constants import HTTPModes
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import MPServer

# The number of the first file descriptor that systemd passes.
LISTEN_FDS_START = 3

# Seconds from the last connection that a worker accepts to its stop.
DRAIN = 1


def main() -> None:
    address, port = host(), number("PORT", 8000, 65_535)
    workers = number("WEB_CONCURRENCY", 2, 512)
    threads = number("WEB_THREADS", 4, 512)
    keep_alive = number("KEEP_ALIVE", 75, 3_600)
    listening = inherited_socket()
    if listening:
        # What a worker that has not loaded the application yet inherits: see `load`.
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        address, port = listening.getsockname()[:2]
    else:
        check_free(address, port)
    log_json, spare_threads = check_start()
    # Tells the application how many threads there are; some are spare.
    os.environ["SERVER_THREADS"] = str(threads + spare_threads)

    # A worker that replaces another must not be a fork of a process with threads.
    multiprocessing.set_start_method("spawn")
    server = Server(
        "run:app",
        interface=Interfaces.WSGI,
        address=address,
        port=port,
        workers=workers,
        blocking_threads=threads + spare_threads,
        # Connections per worker. Most of them wait for a client.
        backpressure=1_000,
        # With HTTP/2 as well, a client that sends nothing would never time out.
        http=HTTPModes.http1,
        # In milliseconds, and for idle connections too. Load balancers close theirs
        # after 60 seconds: the side that sends requests must close first.
        http1_settings=HTTP1Settings(header_read_timeout=keep_alive * 1_000),
        websockets=False,
        respawn_failed_workers=True,
        # Seconds for running requests to finish on shutdown; the platform's kill
        # timeout must be longer.
        workers_kill_timeout=30,
        log_dictconfig={"formatters": FORMATTERS} if log_json else None,
    )
    server.listening = listening
    server.serve(target_loader=load)


def host() -> str:
    """Return the address of BIND, all addresses if PORT is set, else loopback.

    Loopback is for a proxy on the same machine.
    """
    given = os.environ.get("BIND", "").strip()
    if not given:
        return all_addresses() if os.environ.get("PORT", "").strip() else "127.0.0.1"
    try:
        return str(ip_address(given.removeprefix("[").removesuffix("]")))
    except ValueError:
        sys.exit(f"BIND must be an IP address without a port, not {given!r}.")


def all_addresses() -> str:
    """Return `::`, which includes IPv4, or `0.0.0.0` on a machine without IPv6."""
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::", 0))
        if not probe.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
            return "::"
    return "0.0.0.0"  # noqa: S104


def number(name: str, default: int, highest: int) -> int:
    text = os.environ.get(name, "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= highest):
        sys.exit(f"{name} must be a number from 1 to {highest}, not {text!r}.")
    return int(text)


def check_free(address: str, port: int) -> None:
    """Refuse a port in use: granian would get some of its connections, unnoticed."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            sys.exit(f"PORT must be a free port, not {port}: {error.strerror}.")


def inherited_socket() -> socket.socket | None:
    """Return the listening socket that systemd holds for deploy/app.socket."""
    if os.environ.pop("LISTEN_PID", "") != str(os.getpid()):
        return None
    listening = socket.socket(fileno=LISTEN_FDS_START)
    if listening.family not in {socket.AF_INET, socket.AF_INET6}:
        sys.exit("ListenStream in deploy/app.socket must be an address and a port.")
    return listening


class JsonFormatter(logging.Formatter):
    """Lines like those of app/core/request_log.py, which this process does not load."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


# By the names that granian gives them.
FORMATTERS = {name: {"()": JsonFormatter} for name in ("generic", "access")}


class Server(MPServer):
    """granian, with what it has no setting for: a socket that systemd holds open."""

    listening: socket.socket | None = None

    def _init_shared_socket(self) -> None:
        granian: Any = super()  # these methods have no types
        if not self.listening:
            granian._init_shared_socket()
            return
        # By its name, because granian's types do not list it.
        new_holder = vars(net)["SocketHolder"]
        self._shd = new_holder(self.listening.fileno(), False, self.backlog)
        self._ssp, self._sso = None, self.listening

    def _drop_shared_socket(self) -> None:
        """Begin a stop: a worker closes connections that it has not read from yet."""
        granian: Any = super()
        if self.listening:
            workers: list[Any] = self.wrks
            for worker in workers:
                with suppress(ProcessLookupError):
                    os.kill(worker._id(), signal.SIGUSR1)
            time.sleep(DRAIN)
        granian._drop_shared_socket()

    def signal_handler_reload(self, *_: object, **__: object) -> None:
        # It would stop a worker before the new one answers.
        logging.getLogger("_granian").error("SIGHUP is ignored: use restart.")


def load(target: str) -> Any:
    """Return the application, in a worker."""
    signal.signal(signal.SIGUSR1, stop_accepting)
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def stop_accepting(*_: object) -> None:
    """Leave new connections to the next workers that get the socket of systemd.

    granian can only stop as a whole, so a socket without connections takes the place
    of the listening one.
    """
    listening = os.fstat(LISTEN_FDS_START)
    unused = socket.create_server(("127.0.0.1", 0))
    unused.setblocking(False)
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if os.path.samestat(path.stat(), listening):
                os.dup2(unused.fileno(), int(path.name))


def check_start() -> tuple[bool, int]:
    """Return LOG_JSON, and how many threads the project wants beyond WEB_THREADS.

    Refuses a wrong start here: workers would each repeat it.
    """
    # In a separate process, so that this one does not keep the code in memory.
    script = (
        "from run import app;"
        "print(app.config['LOG_JSON'], app.extensions.get('spare_threads', 0))"
    )
    tried = subprocess.run(  # noqa: S603  # the arguments are those of this file
        [sys.executable, "-c", script],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if tried.returncode:
        sys.exit(tried.returncode)
    log_json, spare_threads = tried.stdout.split()[-2:]
    return log_json == "True", int(spare_threads)


if __name__ == "__main__":
    main()
