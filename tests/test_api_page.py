"""The client on the project's docs/api.md runs unchanged."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import make_account
from tests.support.browsers.client import PASSWORD
from tests.support.rendering import Renderer
from tests.support.rendering import run
from tests.support.running.projects import served


def client(project: Path, site: str) -> str:
    """Return the program of the page, with the address and the account filled in."""
    page = (project / "docs/api.md").read_text()
    code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    values = {
        "http://127.0.0.1:5000": site,
        "you@example.com": EMAIL,
        "YOUR PASSWORD": PASSWORD,
    }
    for example, value in values.items():
        code = code.replace(example, value)
    return str(code)


def test_the_client_logs_in_and_creates_an_account(
    installed: Callable[..., Path], tmp_path: Path
) -> None:
    sound = installed(preset="full")
    project = tmp_path / "project"
    shutil.copytree(sound, project, ignore=shutil.ignore_patterns(".venv", "instance"))
    (project / ".venv").symlink_to(sound / ".venv")
    flask = str(project / ".venv/bin/flask")
    run(project, flask, "db", "upgrade")
    make_account(project, {"APP_CONFIG": "development"}, "--admin")

    with served(project, flask, "run", "--port=PORT") as server:
        first, second = run(
            tmp_path, sys.executable, "-c", client(project, server.url)
        ).splitlines()

    assert EMAIL in first
    assert "'email': 'ada@example.com'" in second


def test_the_page_of_an_api_without_accounts_is_a_program(render: Renderer) -> None:
    code = client(render(preset="minimal", api=True), "http://127.0.0.1:5000")

    assert "/api/v1/greeting?name=Ada" in code
    compile(code, "docs/api.md", "exec")
