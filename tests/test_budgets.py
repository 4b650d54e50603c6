"""The budgets of the template, and the weight of rendered projects."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import weights
from tests.support.facts.known_issues import ISSUES
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT

Note = Callable[[str], None]

WEIGHTS = {
    # preset: files without those of the known issues, declared run-time packages.
    # Without its tests, half of minimal is app/core: one file for each concern, such as
    # texts.py and english.py, which have the words that people read. Of updates/, which
    # a running project never imports, come 23 to each.
    "minimal": (105, 14),
    # With mail, and with what people and administrators do with accounts, came 113:
    # modules, pages, mails as text and as HTML, and their tests.
    "website": (325, 20),
}
# What single answers bring, besides the known issues.
PIECES = (
    "auth", "mail", "api", "config_classes", "database", "server", "tasks", "docker",
    "ci", "maintained_tests",
)  # fmt: skip
# A module of tests for each of them, their page, and what holds them; the list of
# first versions is one of these.
MOST_FOR_KNOWN_ISSUES = 23
# Mail is six of them, with one beginning of their names; texts are two.
LARGEST_CORE = 48


def template_files() -> list[Path]:
    listed = git(
        ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "template"
    )
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).exists()]


def test_three_quarters_of_the_template_are_plain_files(measured: Note) -> None:
    paths = template_files()
    plain = [path for path in paths if path.suffix != ".jinja"]
    measured(f"{len(plain)} of {len(paths)} files are plain")

    assert len(plain) >= 0.75 * len(paths)


def test_jinja_stays_out_of_python(measured: Note) -> None:
    counts = {
        path.relative_to(ROOT).as_posix(): len(
            re.findall(r"(?m)^.*{%.*$", path.read_text())
        )
        for path in template_files()
        if path.name.endswith(".py.jinja")
    }
    measured(f"lines of Jinja statements in Python: {counts}")

    assert counts
    assert max(counts.values()) <= 15
    assert sum(counts.values()) <= 4 * (len(PIECES) + len(ISSUES))


@pytest.mark.parametrize("preset", WEIGHTS)
def test_a_preset_stays_within_its_weight_limits(
    preset: str, render: Renderer, measured: Note
) -> None:
    project = render(preset=preset)
    declared = tomllib.loads((project / "pyproject.toml").read_text())
    packages = declared["project"]["dependencies"]
    modules = {path.stem for path in (project / "app/core").glob("*.py")} - {"__init__"}
    held = {"docs/known-issues.md"}.union(*(issue["files"] for issue in ISSUES))
    all_files = set(files(project))
    measured(
        f"{preset}: {len(all_files - held)} files and {len(all_files & held)} for the "
        f"known issues, {len(packages)} run-time packages, {len(modules)} modules in "
        "app/core"
    )

    most_files, most_packages = WEIGHTS[preset]
    assert len(all_files - held) <= most_files
    assert len(all_files & held) <= MOST_FOR_KNOWN_ISSUES
    assert len(packages) <= most_packages
    assert len(modules) <= LARGEST_CORE


def test_the_page_of_weights_is_up_to_date(render: Renderer, measured: Note) -> None:
    recorded, counted = weights.recorded_sizes(), weights.sizes(render)

    assert recorded.keys() == counted.keys()
    for name, figures in counted.items():
        measured(f"{name}: own files and lines, maintained, packages: {figures}")
        # Lines change with every commit: they need not be exact.
        assert figures == pytest.approx(recorded[name], rel=0.1), "run: just record"
        assert figures[::2] == recorded[name][::2], "run: just record"
    assert counted["minimal"][0] <= 40


def test_functions_are_short(render: Renderer, measured: Note) -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in render().rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    )
    measured(
        f"functions: median {lengths[len(lengths) // 2]} lines, longest {lengths[-1]}"
    )

    assert lengths[len(lengths) // 2] < 12
    assert lengths[-1] <= 40


# Alembic takes as long to import as Flask, and each server process would keep it.
LATE = tuple(
    f"{verb} {name}" for verb in ("from", "import") for name in ("alembic", "flask_m")
)
# What migrations/env.py imports.
OF_MIGRATIONS = {"migrating.py", "revisions.py"}


def test_a_server_starts_without_alembic() -> None:
    early = [
        f"{path.name}: {line}"
        for path in (ROOT / "template/app").rglob("*.py*")
        if path.suffix in {".py", ".jinja"} and path.name not in OF_MIGRATIONS
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(LATE)
    ]

    assert early == []
