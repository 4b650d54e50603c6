"""The skeleton of a piece is whole: nothing of it is missed by the checks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from tests.commands.new_piece import write
from tests.static.excluded_paths import exclusions
from tests.static.names_used import names
from tests.support.rendering import BIN
from tests.support.rendering import copied_tree
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return copied_tree(ROOT, tmp_path / "copy")


def test_a_skeleton_renders_and_fits_the_declaration(
    repository: Path, tmp_path: Path
) -> None:
    changed = write(repository, "shelf")

    assert names(repository) == []
    assert exclusions(repository) == []
    render = Renderer(repository, tmp_path)
    project = render(preset="full", shelf=True)
    for path in changed[:2]:
        file = path.removeprefix("template/")
        run(project, str(BIN / "ruff"), "check", file)
        run(project, str(BIN / "ruff"), "format", "--check", file)
    assert "init_shelf(app)" in (project / "app/__init__.py").read_text()
    assert not (render(preset="full") / "app/core/shelf.py").exists()
    declared = yaml.safe_load((repository / "extensions/pieces.yml").read_text())
    assert "shelf" in declared["questions"]
    assert any(piece["id"] == "shelf" for piece in declared["pieces"])


@pytest.mark.parametrize("name", ["Shelf", "my-shelf", "health"])
def test_a_name_that_does_not_do_is_refused(name: str, repository: Path) -> None:
    with pytest.raises(ValueError, match=name):
        write(repository, name)


def test_the_tables_of_a_skeleton_are_made_already(repository: Path) -> None:
    write(repository, "shelf")
    page = repository / "docs/questions.md"
    written = page.read_text()

    run(repository, sys.executable, "-m", "tests.commands.made_tables")

    assert written.count("shelf brings -->") == 2
    assert page.read_text() == written
