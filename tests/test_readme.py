"""The README's first command, in a fresh clone in an empty folder."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.support.rendering import copied_tree
from tests.support.rendering import git
from tests.support.rendering import ROOT
from tests.support.rendering import start_repository
from tests.support.running.projects import get
from tests.support.running.projects import served


def block(section: str) -> str:
    """Return the only fenced block of a section of the README."""
    text = (ROOT / "README.md").read_text().split(f"\n## {section}\n")[1]
    (command,) = re.findall(r"```sh\n(.*?)\n```", text.split("\n## ")[0], re.DOTALL)
    return str(command)


def test_start_serves_a_temporary_project_beside_the_clone(tmp_path: Path) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 5000)) == 0:
            pytest.skip("another program answers on port 5000")

    clone = copied_tree(ROOT, tmp_path / "copier-flask")
    start_repository(clone, "published")
    git(clone, "tag", "v0.0.1")
    # A tag that is older than the work tree must not be rendered.
    robots = clone / "template/app/static/robots.txt"
    robots.write_text(robots.read_text() + "# the work tree's own\n")

    with served(clone, "bash", "-c", block("Start"), PORT="5000"):
        page = get("http://127.0.0.1:5000/")
        robots_page = get("http://127.0.0.1:5000/robots.txt")

    assert page.status == 200
    assert "My Flask App" in page.text
    assert "the work tree's own" in robots_page.text
    assert len([p for p in tmp_path.iterdir() if p.is_dir()]) == 2


def test_the_readme_has_two_complete_commands() -> None:
    readme = (ROOT / "README.md").read_text()

    assert readme.count("\n## Start\n") == readme.count("\n## Test\n") == 1
    assert block("Start").startswith("python3 -m venv")
    assert block("Test").startswith("python3 -m venv")
    assert len(readme.splitlines()) < 100
