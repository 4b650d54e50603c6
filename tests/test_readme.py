"""The commands for a fresh clone, in the README and in CONTRIBUTING.md."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.support.pages import at_the_address
from tests.support.pages import page_commands
from tests.support.pages import run_block
from tests.support.rendering import copied_tree
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import start_repository
from tests.support.running.projects import get
from tests.support.running.projects import served


def test_the_first_hour_is_a_clone_a_project_beside_it_and_its_tests(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 5000)) == 0:
            pytest.skip("another program answers on port 5000")

    (start,) = page_commands("README.md", "Start")
    install, check = page_commands("CONTRIBUTING.md", "The first hour")
    published = copied_tree(ROOT, tmp_path_factory.mktemp("published") / "template")
    start_repository(published, "published")
    git(published, "tag", "v0.0.1")
    run_block(tmp_path, install, **at_the_address(published, published.parent))
    clone = tmp_path / "copier-flask"
    # A tag that is older than the work tree must not be rendered.
    robots = clone / "template/app/static/robots.txt"
    robots.write_text(robots.read_text() + "# the work tree's own\n")

    with served(clone, "bash", "-c", start, PORT="5000"):
        page = get("http://127.0.0.1:5000/")
        robots_page = get("http://127.0.0.1:5000/robots.txt")

    run_block(clone, check)
    assert page.status == 200
    assert "My Flask App" in page.text
    assert "the work tree's own" in robots_page.text
    assert len([p for p in tmp_path.iterdir() if p.is_dir()]) == 2


def test_the_readme_is_short_and_its_commands_are_complete() -> None:
    (start,) = page_commands("README.md", "Start")
    (test,) = page_commands("README.md", "Test")

    assert start.startswith("python3 -m venv")
    # .ci/run runs it, as tests/test_house.py compares.
    assert test.startswith("python3 -m venv")
    assert len((ROOT / "README.md").read_text().splitlines()) < 100


@pytest.mark.parametrize("answer", ["MIT", "BSD-3-Clause", "Proprietary"])
def test_a_project_has_no_notice_of_ours(answer: str, render: Renderer) -> None:
    ours = (ROOT / "LICENSE").read_text().splitlines()[2]
    project = render(license=answer)

    assert ours == "Copyright (c) the authors of copier-flask"
    assert [n for n, text in files(project).items() if ours.encode() in text] == []
