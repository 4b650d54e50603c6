"""The code of this repository follows the rules that it sets for projects."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.rendering import BIN
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.running.projects import program


def test_lint_and_format_find_nothing_in_the_repository() -> None:
    run(ROOT, str(BIN / "ruff"), "check", "--no-cache", ".")
    run(ROOT, str(BIN / "ruff"), "format", "--no-cache", "--check", ".")


def test_the_tests_have_strict_types() -> None:
    run(ROOT, program("mypy", str(BIN)))


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


# What a module has that runs more with --all.
SAMPLED = re.compile(r"\bchosen\.everything\b|import (at_night|part)\b")


def test_the_night_runs_all_of_what_a_push_takes_a_sample_of() -> None:
    night = (ROOT / ".ci/nightly").read_text()
    layers = re.findall(r"(?m)^layer .* --all (.+)$", night)
    run = tuple(name for layer in layers for name in layer.split())
    sampled = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if SAMPLED.search(path.read_text())
        and ROOT / "tests/support" not in path.parents
    ]

    assert sampled
    assert [path for path in sampled if not path.startswith(run)] == []


def imports_of_tests(folder: Path) -> list[str]:
    """Return each import of a test module, or of a name in one."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            found += [
                f"{path.relative_to(folder)} imports {name}"
                for name in names
                if re.match(r"tests\.(\w+\.)*(test_|conftest\b)", name)
            ]
    return found


@pytest.mark.parametrize("folder", ["tests", "template/tests"])
def test_no_module_imports_from_a_test_module(folder: str) -> None:
    # The owner of a project may delete each of its tests.
    assert imports_of_tests(ROOT / folder) == []


@pytest.mark.parametrize(
    "line",
    [
        "from tests.static.test_space import digest",
        "from tests.update import test_after",
        "from tests.update.conftest import Base",
        "import tests.test_house",
    ],
)
def test_an_import_from_a_test_module_is_found(line: str, tmp_path: Path) -> None:
    (tmp_path / "added.py").write_text(f"def late() -> None:\n    {line}\n")

    (found,) = imports_of_tests(tmp_path)

    assert found.startswith("added.py imports tests.")


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


def test_contributing_names_all_that_layers_share() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    table = page.split("| in `tests/support` |")[1].split("\n\n")[0]
    there = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in (ROOT / "tests/support").iterdir()
        if not path.name.startswith("__")
    }

    assert set(re.findall(r"`([\w.]+/?)`", table)) == there
