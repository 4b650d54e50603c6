"""The code of this repository follows the rules that it sets for projects."""

from __future__ import annotations

import re

from tests.support.rendering import BIN
from tests.support.rendering import ROOT
from tests.support.rendering import run


def test_lint_and_format_find_nothing_in_the_repository() -> None:
    run(ROOT, str(BIN / "ruff"), "check", "--no-cache", ".")
    run(ROOT, str(BIN / "ruff"), "format", "--no-cache", "--check", ".")


def test_the_workflows_are_safe() -> None:
    run(ROOT, str(BIN / "zizmor"), "--offline", "--no-progress", ".github")


def test_ci_runs_the_command_of_the_readme() -> None:
    assert "^## Test$" in (ROOT / ".ci/install").read_text()
    for name in ("run", "nightly"):
        assert "source .ci/install" in (ROOT / f".ci/{name}").read_text()
    assert ".ci/run" in (ROOT / ".github/workflows/ci.yml").read_text()


def test_every_layer_runs_every_night() -> None:
    workflows = ROOT / ".github/workflows"
    scripts = "".join((ROOT / f".ci/{name}").read_text() for name in ("run", "nightly"))
    layers = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}

    for name, script in (("ci", "run"), ("nightly", "nightly")):
        text = (workflows / f"{name}.yml").read_text()
        assert "- cron:" in text
        assert f"- run: .ci/{script}" in text
    # tests/test_projects.py runs those of tests/shipped, in projects.
    for layer in layers - {"shipped", "static"}:
        assert f"tests/{layer}" in scripts, layer


def test_recipes_run_existing_commands() -> None:
    text = (ROOT / "justfile").read_text()

    assert "pin" in run(ROOT, str(BIN / "just"), "--summary").split()
    for path in re.findall(r"\b(?:tests|\.ci)/[\w./]+", text):
        assert (ROOT / path.rstrip(":.")).exists(), path
    for module in re.findall(r" -m (tests\.[\w.]+)", text):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists(), module


def test_the_pinned_development_dependencies_match_the_documented_command() -> None:
    (pinning,) = re.findall(r"uv pip compile .*", (ROOT / "justfile").read_text())

    assert pinning.replace("--quiet ", "") in (ROOT / "CONTRIBUTING.md").read_text()
