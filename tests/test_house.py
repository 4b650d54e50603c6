"""The code of this repository obeys the rules that it sets for projects."""

from __future__ import annotations

from rendering import BIN
from rendering import ROOT
from rendering import run


def test_lint_and_format_find_nothing_where_files_stand() -> None:
    run(ROOT, str(BIN / "ruff"), "check", "--no-cache", ".")
    run(ROOT, str(BIN / "ruff"), "format", "--no-cache", "--check", ".")


def test_the_workflow_is_safe() -> None:
    run(ROOT, str(BIN / "zizmor"), "--offline", "--no-progress", ".github")


def test_ci_runs_the_command_of_the_readme() -> None:
    assert "^## Test$" in (ROOT / ".ci/install").read_text()
    for name in ("run", "nightly"):
        assert "source .ci/install" in (ROOT / f".ci/{name}").read_text()
    assert ".ci/run" in (ROOT / ".github/workflows/ci.yml").read_text()
