"""A machine with systemd, made of this one: its files below a layer in memory.

`systemd-nspawn` boots it, with its own network. Commands run there as on a server,
with the real systemd, sudo, databases and nginx, and nothing of it stays.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.rendering import BIN
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.running.projects import program

# Of those that this machine may have, a server of the page has one database and nginx.
OTHERS = {
    "caddy", "containerd", "docker", "haproxy", "mariadb", "pgbouncer", "postgresql",
    "redis-server", "apt-daily.timer", "apt-daily-upgrade.timer",
}  # fmt: skip
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# There is no network, but the cache of uv, with what the tests have installed.
UV = """\
offline = true
cache-dir = "{cache}"
python-downloads = "never"
python-preference = "only-system"
"""
APT = 'APT::Get::Simulate "true";\n'


@dataclass
class Machine:
    leader: int

    def attempt(
        self, command: str, folder: str = "/", answers: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run lines of a shell there, as root; `answers` are typed in."""
        environment = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", **variables}
        pairs = [f"{name}={value}" for name, value in environment.items()]
        spaces = ("--mount", "--uts", "--ipc", "--net", "--pid")
        # A session without a terminal, so that passwords are read from `answers`.
        return subprocess.run(
            [
                "setsid", "nsenter", f"--target={self.leader}", *spaces,
                "env", "--ignore-environment", f"--chdir={folder}", *pairs,
                "bash", "-euo", "pipefail", "-c", command,
            ],
            input=answers, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def run(
        self, command: str, folder: str = "/", answers: str = "", **variables: str
    ) -> str:
        done = self.attempt(command, folder, answers, **variables)
        assert done.returncode == 0, (
            f"{self.journal()}\n{command} {variables}\n"
            f"ended with {done.returncode}:\n{said(done)}"
        )
        return done.stdout

    def journal(self) -> str:
        return self.attempt("journalctl --no-pager --lines=40").stdout


@contextlib.contextmanager
def machine(services: set[str], shared: Path) -> Iterator[Machine]:
    """Boot one with these services; the folder `shared` is there at its own path."""
    nspawn = program("systemd-nspawn")
    program("sudo")
    if os.geteuid() != 0:
        pytest.skip("only root can boot a machine")

    with layer() as root:
        furnish(root, OTHERS - services)
        log = root.parent / "boot.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [
                    nspawn, "--register=no", "--keep-unit", "--boot", "--quiet",
                    "--private-network", f"--directory={root}",
                    f"--bind={shared}:{shared}", "--link-journal=no",
                ],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        try:
            booted = Machine(leader_of(process, log))
            wait_until_booted(booted, log)
            yield booted
        finally:
            end(process)


@contextlib.contextmanager
def layer() -> Iterator[Path]:
    """The files of this machine, with all changes in memory."""
    base = Path(tempfile.mkdtemp())
    root = base / "root"
    run(base, "mount", "-t", "tmpfs", "tmpfs", str(base))
    try:
        for name in ("root", "upper", "work"):
            (base / name).mkdir()
        layers = f"lowerdir=/,upperdir={base}/upper,workdir={base}/work"
        run(base, "mount", "-t", "overlay", "overlay", "-o", layers, str(root))
        yield root
    finally:
        for path in (root, base):
            run(Path("/"), "umount", "--lazy", str(path))
        base.rmdir()


def furnish(root: Path, without: set[str]) -> None:
    units = root / "etc/systemd/system"
    for name in without:
        unit = units / (name if "." in name else f"{name}.service")
        unit.unlink(missing_ok=True)
        unit.symlink_to("/dev/null")
    # A separate one, or it would be that of the host.
    (root / "etc/machine-id").write_text("")

    shutil.copy2(BIN / "uv", root / "usr/local/bin/uv")
    (root / "etc/uv").mkdir(exist_ok=True)
    cache = run(Path("/"), str(BIN / "uv"), "cache", "dir").strip()
    (root / "etc/uv/uv.toml").write_text(UV.format(cache=cache))
    (root / "etc/apt/apt.conf.d/99simulate").write_text(APT)


def leader_of(process: subprocess.Popen[bytes], log: Path) -> int:
    """Return the process that is the first one in the machine."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        for child in children.read_text().split():
            if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                return int(child)
        time.sleep(0.05)

    raise AssertionError(f"no machine was booted:\n{log.read_text()}")


def wait_until_booted(booted: Machine, log: Path) -> None:
    deadline = time.monotonic() + 60
    state = ""
    while time.monotonic() < deadline:
        state = booted.attempt("systemctl is-system-running").stdout.strip()
        if state in {"running", "degraded"}:
            return
        time.sleep(0.2)

    raise AssertionError(f"the machine is {state!r}:\n{log.read_text()}")


def end(process: subprocess.Popen[bytes]) -> None:
    # To SIGKILL of the first process all others end with it.
    with contextlib.suppress(ProcessLookupError, OSError):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(20)
    process.kill()
    process.wait()
