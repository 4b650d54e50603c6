"""Throw-away database servers on loopback, where their programs are installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.rendering import run
from tests.support.running.projects import free_port
from tests.support.running.projects import program
from tests.support.running.projects import wait_for_port


@dataclass
class DatabaseServer:
    """A running server; `sql` runs one statement as its administrator."""

    name: str
    address: str
    client: list[str]
    daemon: Daemon

    def sql(self, statement: str, database: str = "") -> str:
        option = {"postgresql": "-d", "mysql": "-D"}[self.name]
        chosen = [f"{option}{database}"] if database else []
        *client, execute = self.client
        return run(Path.cwd(), *client, *chosen, execute, statement)

    def database(self, name: str) -> str:
        """Make an empty database and return its address."""
        self.sql(f"DROP DATABASE IF EXISTS {name}")
        self.sql(f"CREATE DATABASE {name}")
        return f"{self.address}/{name}"


@contextlib.contextmanager
def postgresql() -> Iterator[DatabaseServer]:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = str(folders[-1]) if folders else None
    postgres, initdb, psql = (
        program(name, found) for name in ("postgres", "initdb", "psql")
    )
    options = ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"]

    with folder_of("postgres") as (folder, account):
        data = folder / "data"
        as_account(
            account, initdb, "--pgdata", data, "--auth=trust", "--username=postgres",
            "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
        sockets = ["-c", f"unix_socket_directories={folder}"]
        where = ["-D", data, *options, *sockets]
        with running(account, folder, postgres, *where) as daemon:
            yield DatabaseServer(
                "postgresql",
                f"postgresql://postgres@127.0.0.1:{daemon.port}",
                [psql, "-h127.0.0.1", f"-p{daemon.port}", "-Upostgres", "-qAtc"],
                daemon,
            )


@contextlib.contextmanager
def pgbouncer(server: DatabaseServer, pool_size: int) -> Iterator[str]:
    """Give the address of a pooler in transaction mode, without a database's name."""
    pooler = program("pgbouncer")
    port = server.address.rpartition(":")[2]

    # It refuses to run as root.
    with folder_of("postgres") as (folder, account):
        settings = folder / "pgbouncer.ini"
        own = free_port()
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={port} user=postgres\n"
            "[pgbouncer]\nauth_type = any\npool_mode = transaction\n"
            f"default_pool_size = {pool_size}\nunix_socket_dir =\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {own}\n"
        )
        settings.chmod(0o644)
        with running(account, folder, pooler, settings, port=own):
            yield f"postgresql://postgres@127.0.0.1:{own}"


@contextlib.contextmanager
def mysql() -> Iterator[DatabaseServer]:
    server, install, client = (
        program(name) for name in ("mariadbd", "mariadb-install-db", "mariadb")
    )
    with folder_of("mysql") as (folder, account):
        data = f"--datadir={folder / 'data'}"
        as_account(
            account, install, "--no-defaults", data, "--skip-test-db",
            "--auth-root-authentication-method=normal",
        )  # fmt: skip
        # The default character set of a server differs by version.
        options = ["--character-set-server=utf8mb4", f"--socket={folder / 'socket'}"]
        where = ["--no-defaults", data, "--bind-address=127.0.0.1", *options]
        with running(account, folder, server, *where) as daemon:
            loopback = ["-h127.0.0.1", f"-P{daemon.port}"]
            yield DatabaseServer(
                "mysql",
                f"mysql://root@127.0.0.1:{daemon.port}",
                [client, "--no-defaults", *loopback, "-uroot", "-Be"],
                daemon,
            )


SERVERS: dict[str, Callable[[], contextlib.AbstractContextManager[DatabaseServer]]] = {
    "postgresql": postgresql,
    "mysql": mysql,
}


@contextlib.contextmanager
def folder_of(account: str) -> Iterator[tuple[Path, str | None]]:
    """A folder for a server, and the account that it runs as, which is not root."""
    folder = Path(tempfile.mkdtemp())
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, account)
        yield folder, account if os.geteuid() == 0 else None
    finally:
        shutil.rmtree(folder)


def as_account(account: str | None, *command: object) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        user=account,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


class Daemon:
    """The process of a server, which a test may stop and start again."""

    def __init__(
        self,
        account: str | None,
        folder: Path,
        *command: object,
        port: int | None = None,
    ) -> None:
        self.account, self.log = account, folder / "log"
        self.port = port or free_port()
        option = [] if port else [f"--port={self.port}"]
        self.command = [*map(str, command), *option]

    def start(self) -> None:
        with self.log.open("a") as output:
            self.process = subprocess.Popen(
                self.command,
                user=self.account,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        wait_for_port(self.port, self.process, self.log)

    def stop(self) -> None:
        # To SIGTERM PostgreSQL waits for its clients, and MariaDB takes no SIGINT.
        waits = self.command[0].endswith("postgres")
        self.process.send_signal(signal.SIGINT if waits else signal.SIGTERM)
        self.process.wait(30)


@contextlib.contextmanager
def running(
    account: str | None, folder: Path, *command: object, port: int | None = None
) -> Iterator[Daemon]:
    """Run a server on a free port, or on the one that its settings name."""
    daemon = Daemon(account, folder, *command, port=port)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.stop()
