"""What the static checks share: the whole space, rendered once; a copy to spoil."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from answers import everything
from trees import rendered
from trees import Trees


@pytest.fixture(scope="session")
def trees(template: Path, shared: Path) -> Trees:
    """What every combination gives, rendered by the first process that asks for it."""
    kept = shared / "trees"
    with FileLock(shared / "trees.lock"):
        if not kept.exists():
            kept.write_bytes(pickle.dumps(rendered(template, everything())))
    found: Trees = pickle.loads(kept.read_bytes())  # noqa: S301  # our own, just made
    return found


@pytest.fixture
def planted(template: Path, tmp_path: Path) -> Path:
    """A copy of what renders, to plant a fault in."""
    unread = shutil.ignore_patterns("docs", "tests", ".*")
    copy = shutil.copytree(template, tmp_path / "planted", ignore=unread)
    shutil.copytree(template / "template", copy / "template", dirs_exist_ok=True)
    return copy
