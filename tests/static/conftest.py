"""What the static checks share: the whole space, rendered once."""

from __future__ import annotations

import pickle
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
