"""The folder of a run: the applications that are measured, and what they run in.

All of them run in one environment, with the versions that requirements.txt pins.
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

from benchmarks.processes import finished
from benchmarks.scale import Scale
from benchmarks.servers import Server
from benchmarks.servers import serving
from tests.support.rendering import BIN
from tests.support.rendering import released
from tests.support.rendering import Renderer

HERE = Path(__file__).parent
INSIDE = HERE / "inside"
PINS = HERE / "requirements.txt"
BLUEPRINTS = "    # Add your blueprints below this line"

# Settings that docs/deploying.md of the project requires.
PRODUCTION = {
    "APP_CONFIG": "production",
    "SECRET_KEY": "k" * 48,
    "TRUSTED_HOSTS": "127.0.0.1",
}


@dataclass(frozen=True)
class Application:
    """An application in its folder, with the environment that it runs in."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *command: str) -> str:
        return finished(self.folder, *command, environment=self.environment).output

    def python(self, script: str, *arguments: str) -> str:
        """Run a script of benchmarks/inside, and return its output."""
        return self.run("python", str(INSIDE / script), *arguments)

    @contextmanager
    def served(self, *command: str) -> Iterator[Server]:
        with serving(
            self.folder, *command, environment=self.environment
        ) as server:  # fmt: skip
            yield server

    @contextmanager
    def called(self, path: str, *, is_logged_in: bool = False) -> Iterator[Calls]:
        """Call the application in a process of its own until the block ends."""
        options = ["--log-in"] if is_logged_in else []
        with subprocess.Popen(
            ["python", str(INSIDE / "calls.py"), path, *options],
            cwd=self.folder,
            env=dict(self.environment),
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
        """The template of the work tree, as a repository with one release."""
        return released(self.folder / "template", "v1.0.0")

    @cached_property
    def environment(self) -> dict[str, str]:
        """Variables of a shell with the pinned packages, and no settings of its user.

        uv is found on the path too, but no package of the template's own tools.
        """
        packages = self.folder / "packages"
        self.uv("venv", "--quiet", "--python", sys.executable, str(packages))
        self.uv(
            "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode",
            "--python", str(packages / "bin/python"), str(PINS),
        )  # fmt: skip
        kept = ("HOME", "LANG", "TMPDIR", "UV_CACHE_DIR", "UV_DEFAULT_INDEX")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "PATH": f"{packages / 'bin'}:/usr/sbin:/usr/bin:/bin",
            "VIRTUAL_ENV": str(packages),
        }

    def uv(self, *arguments: str) -> None:
        subprocess.run([str(BIN / "uv"), *arguments], check=True)

    def project(self, name: str, **answers: object) -> Application:
        """Render a project with the area, as its owner would add one."""
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
        application.python("accounts.py", "1")
        return application

    @cached_property
    def ours(self) -> Application:
        return self.project("ours", preset="full")

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
        application.python("accounts.py", "1")
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
