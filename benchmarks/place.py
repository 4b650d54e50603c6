"""The folder of a run: the applications that are measured, and what they run in.

All of them run in one environment, with the versions of pins/applications.txt.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks import pins
from benchmarks.processes import finished
from benchmarks.scale import Scale
from benchmarks.servers import Server
from benchmarks.servers import serving
from tests.support.rendering import BIN
from tests.support.rendering import copied_tree
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT

HERE = Path(__file__).parent
INSIDE = HERE / "inside"
BLUEPRINTS = "    # Add your blueprints below this line"

# Variables that a measured command has from this process.
KEPT = {"HOME", "LANG", "TMPDIR"}
KEPT_PREFIXES = (
    "uv_", "pip_", "npm_", "node_", "ssl_", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip

# Settings that docs/deploying.md of the project requires.
PRODUCTION = {
    "APP_CONFIG": "production",
    "SECRET_KEY": "k" * 48,
    "TRUSTED_HOSTS": "127.0.0.1",
    "SITE_URL": "https://127.0.0.1",
}


def of_the_machine(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that say how this machine reaches packages."""
    return {
        name: value
        for name, value in environ.items()
        if name in KEPT or name.lower().startswith(KEPT_PREFIXES)
    }


def command(script: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs a script of benchmarks/inside."""
    return ("python", "-m", f"benchmarks.inside.{script}", *arguments)


@dataclass(frozen=True)
class Application:
    """An application in its folder, with the environment that it runs in."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *command: str) -> str:
        return finished(self.folder, *command, environment=self.environment).output

    def python(self, script: str, *arguments: str) -> str:
        """Run a script of benchmarks/inside, and return its output."""
        return finished(
            self.folder, *command(script, *arguments), environment=self.inside
        ).output

    def json(self, script: str) -> Any:
        """Run a script, and return the JSON of its last line, below its log."""
        return json.loads(self.python(script).splitlines()[-1])

    @property
    def inside(self) -> dict[str, str]:
        """The environment of the scripts in benchmarks/inside."""
        return {**self.environment, "PYTHONPATH": str(ROOT)}

    @contextmanager
    def served(self, *command: str) -> Iterator[Server]:
        with serving(self.folder, *command, environment=self.environment) as server:
            yield server

    @contextmanager
    def called(self, path: str, *, is_logged_in: bool = False) -> Iterator[Calls]:
        """Call the application in a separate process until the block ends."""
        options = ["--log-in"] if is_logged_in else []
        with subprocess.Popen(
            command("calls", path, *options),
            cwd=self.folder,
            env=self.inside,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            yield Calls(process)


class Calls:
    """A process that calls an application; `answer` is what it answers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.answer = self.line()
        if self.answer["status"] != 200:
            raise RuntimeError(f"not the page that is measured: {self.answer}")
        # A browser that comes back is sent no cookie again.
        if any(name == "Set-Cookie" for name, _ in self.answer["headers"]):
            raise RuntimeError(f"not the request of a browser: {self.answer}")

    def line(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the application ended: see its error above")
        found: dict[str, Any] = json.loads(line)
        return found

    def cost(self, calls: int) -> float:
        """Call it, and return the CPU time of that, in seconds."""
        assert self.process.stdin
        self.process.stdin.write(f"{calls}\n")
        self.process.stdin.flush()
        return float(self.line()["cpu"])


class Place:
    """Makes each application when it is first measured."""

    def __init__(self, folder: Path, scale: Scale, peer: Path | None = None) -> None:
        self.folder = folder
        self.scale = scale
        self.peer = peer

    @cached_property
    def template(self) -> Path:
        """A copy of the template in the work tree, without its history."""
        return copied_tree(ROOT, self.folder / "template")

    @cached_property
    def environment(self) -> dict[str, str]:
        """What a shell has that runs the applications."""
        return self.installed("applications", pins.APPLICATIONS)

    @cached_property
    def tools(self) -> dict[str, str]:
        """What a shell has that renders templates, with uv for what they give."""
        environment = self.installed("tools", pins.TOOLS)
        (self.folder / "packages-tools/bin/uv").symlink_to(BIN / "uv")
        return environment

    def installed(self, name: str, requirements: Path) -> dict[str, str]:
        """Install pinned packages, and return the variables of a shell that has them.

        It has no settings of its user, and no tool of this repository.
        """
        packages = self.folder / f"packages-{name}"
        self.uv("venv", "--python", sys.executable, str(packages))
        self.uv(
            "pip", "sync", "--require-hashes", "--compile-bytecode",
            "--python", str(packages / "bin/python"), str(requirements),
        )  # fmt: skip
        path = f"{packages / 'bin'}:/usr/sbin:/usr/bin:/bin"
        return {**of_the_machine(os.environ), "PATH": path}

    def uv(self, *arguments: str) -> None:
        subprocess.run([str(BIN / "uv"), "--quiet", *arguments], check=True)

    def project(self, name: str, accounts: int = 0, **answers: object) -> Application:
        """Render a project with the area, as its owner would add one.

        It has as many accounts as log in at once, if not another number is given.
        """
        folder = self.folder / name
        (made := Renderer(self.template, self.folder)(**answers)).rename(folder)
        factory = folder / "app/__init__.py"
        before, mark, after = factory.read_text().partition(BLUEPRINTS)
        lines = "    from app.bench import bp as bench_bp\n\n"
        lines += "    app.register_blueprint(bench_bp)\n"
        if not mark:
            raise RuntimeError(f"{made}: no line for blueprints in {factory}")
        factory.write_text(f"{before}{lines}{mark}{after}")
        add_area(folder)
        database = {"DATABASE_URL": f"sqlite:///{folder / 'bench.db'}"}
        application = Application(folder, self.environment | PRODUCTION | database)
        application.run("flask", "--app", "run", "db", "upgrade")
        application.python("accounts", str(accounts or self.scale.logins))
        return application

    @cached_property
    def ours(self) -> Application:
        return self.project("ours", preset="full")

    @cached_property
    def listed(self) -> Application:
        """A project with many accounts."""
        return self.project("listed", self.scale.accounts, preset="full")

    @cached_property
    def granian(self) -> Application:
        return self.project("granian", preset="full", server="granian")

    @cached_property
    def seed(self) -> Application:
        folder = self.folder / "seed"
        shutil.copytree(HERE / "baselines/seed", folder)
        add_area(folder)
        database = {"DATABASE_URL": f"sqlite:///{folder / 'bench.db'}"}
        application = Application(folder, self.environment | database)
        application.python("accounts", str(self.scale.logins))
        return application

    @cached_property
    def bare(self) -> Application:
        folder = self.folder / "bare"
        shutil.copytree(HERE / "baselines/bare", folder)
        return Application(folder, self.environment)


def add_area(folder: Path) -> None:
    """Add the area that all applications share to one of them."""
    shutil.copytree(HERE / "area", folder / "app/bench")
    shutil.move(folder / "app/bench/bench.html", folder / "app/templates/bench.html")
