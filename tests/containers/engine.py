"""A rendered project in separate containers, which are removed by name at the end."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.rendering import attempt
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.rendering import start_repository
from tests.support.running.projects import free_port
from tests.support.running.projects import uv

SECRETS = {
    "SECRET_KEY": "the image must not hold this key of 48 characters",
    # Characters that are special in URLs, in a shell and in an env file.
    "DATABASE_PASSWORD": 'p@ss/w:o#r$d% "and spaces',
}

# The image's own health check, but more frequent.
QUICKER = """\
services:
  web:
    healthcheck:
      interval: 1s
      retries: 2
"""

UP = ("up", "--build", "--detach", "--wait", "--wait-timeout=180")

# Files in the folder of a project under development.
PRIVATE = (
    ".env",
    ".env.production",
    "app/.env.local",
    "app/copy.db",
    "app/copy.db-wal",
    "instance/app.db",
    "instance/secret_key",
    "notes.txt",
)


def missing_engine() -> str | None:
    if not shutil.which("docker"):
        return "docker is not installed"
    if attempt(ROOT, "docker", "info").returncode:
        return "no engine answers `docker info`"
    if attempt(ROOT, "docker", "compose", "version").returncode:
        return "docker compose is not installed"
    return None


def missing_image(project: Path) -> str | None:
    """Return the first image that is neither present nor can be pulled."""
    for image in images(project):
        if not attempt(project, "docker", "image", "inspect", image).returncode:
            continue
        if attempt(project, "docker", "pull", "--quiet", image).returncode:
            return f"the image {image} cannot be pulled"
    return None


def images(project: Path) -> list[str]:
    dockerfile = (project / "Dockerfile").read_text()
    version = re.findall(r"(?m)^ARG PYTHON_VERSION=(.+)$", dockerfile)[0]
    bases = re.findall(r"(?m)^FROM (\S+)", dockerfile)
    services = yaml.safe_load((project / "compose.yaml").read_text())["services"]

    return [
        *(base.replace("${PYTHON_VERSION}", version) for base in bases),
        *(service["image"] for service in services.values() if "image" in service),
    ]


def prepared(project: Path) -> Path:
    """Turn a rendered project into a committed one with an owner's files."""
    start_repository(project, "start")
    uv(project, "lock", "--quiet")
    for name in PRIVATE:
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("the image must not hold this")
    # Compose does not interpolate text in single quotes.
    (project / ".env").write_text(
        "SITE_URL=https://127.0.0.1\n"
        + "".join(f"{name}='{value}'\n" for name, value in SECRETS.items())
    )
    return project


@dataclass
class Stack:
    project: Path
    name: str
    port: int
    quicker: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return attempt(
            self.project,
            *("docker", "compose", "--project-name", self.name),
            *("--file", "compose.yaml", "--file", str(self.quicker)),
            *arguments,
            PORT=str(self.port),
        )

    def compose(self, *arguments: str) -> str:
        done = self.attempt(*arguments)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.log()}"
        return done.stdout

    def log(self) -> str:
        return self.attempt("logs", "--no-color", "--tail=30").stdout

    def up(self) -> None:
        self.compose(*UP)

    def inside(self, *command: str, service: str = "web") -> str:
        return self.compose("exec", "--no-TTY", service, *command)

    def python(self, code: str) -> str:
        return self.inside("python", "-c", code)

    def container(self, service: str) -> dict[str, Any]:
        listed = self.compose("ps", "--all", "--quiet", service).split()
        (content,) = json.loads(run(self.project, "docker", "inspect", *listed))
        assert isinstance(content, dict)
        return content

    def image(self) -> dict[str, Any]:
        name = self.container("web")["Image"]
        (content,) = json.loads(run(self.project, "docker", "inspect", name))
        assert isinstance(content, dict)
        return content

    def wait_for_health(self, wanted: str) -> None:
        deadline = time.monotonic() + 90
        while (health := self.container("web")["State"]["Health"])["Status"] != wanted:
            assert time.monotonic() < deadline, f"still {health}\n{self.log()}"
            time.sleep(0.5)


@contextlib.contextmanager
def taken_down(project: Path, name: str) -> Iterator[Stack]:
    """Yield containers that are not started yet, and remove them at the end."""
    quicker = project.parent / f"{name}.yaml"
    quicker.write_text(QUICKER)
    stack = Stack(project, name, free_port(), quicker)
    try:
        yield stack
    finally:
        stack.attempt("down", "--volumes", "--rmi=local", "--timeout=5")
