"""Threads without a context in a project that has no background jobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.planting import replace
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import Renderer
from tests.support.rendering import said
from tests.support.running.projects import uv

FIRST = "from __future__ import annotations\n"


@pytest.fixture(scope="module")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("none")
    made = Renderer(template, folder)(preset="minimal", maintained_tests=True)
    uv(made, "sync", "--quiet")
    return made


def test_a_thread_without_a_context_fails_the_tests_of_the_project(
    project: Path,
) -> None:
    test = ("run", "pytest", "-q", "tests/maintained/rules/test_thread_starts.py")
    assert " passed" in uv(project, *test)

    replace(
        project,
        "app/main/routes.py",
        FIRST,
        f"{FIRST}\nfrom threading import Timer\n\nTimer(9, print)\n",
    )
    done = attempt(project, str(BIN / "uv"), *test)

    assert done.returncode == 1
    assert "Timer(9, print)" in done.stdout, said(done)
    assert "\n1 failed" in done.stdout
