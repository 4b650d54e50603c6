"""The health check of the image, against a project that is served."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from projects import get
from projects import PRODUCTION
from projects import served
from projects import uv
from rendering import attempt
from rendering import Renderer


@pytest.fixture(scope="module")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Renderer(template, tmp_path_factory.mktemp("probed"))(preset="website")
    uv(made, "sync", "--quiet")
    return made


def health_check(project: Path) -> list[str]:
    (command,) = re.findall(
        r"(?m)^HEALTHCHECK .*\n *CMD (.*)$", (project / "Dockerfile").read_text()
    )
    words: list[str] = json.loads(command)
    return words


@pytest.mark.parametrize("path", ["", "/shop"])
def test_the_health_check_of_the_image_follows_the_path_of_the_site(
    path: str, project: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    settings = {**PRODUCTION, "DATABASE_URL": url, "SCRIPT_NAME": path}
    uv(project, "run", "flask", "db", "upgrade", **settings)
    command = ("uv", "run", "gunicorn", "run:app", "--bind=127.0.0.1:PORT")

    with served(project, *command, **settings) as running:
        port = running.url.rpartition(":")[2]
        ready = get(f"{running.url}{path}/api/ready").status
        checks = [
            attempt(project, *health_check(project), PORT=port, SCRIPT_NAME=given)
            for given in (path, "/elsewhere")
        ]

    assert ready == 200
    assert [check.returncode for check in checks] == [0, 1]
