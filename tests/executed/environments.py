"""Environments of projects, shared by equal declarations: none is installed twice."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from tests.support.running.projects import install


@dataclass(frozen=True)
class Wanted:
    """What an environment is made of."""

    python: str
    resolution: str = "highest"
    # Production has no development dependencies: what only they bring is missing there.
    dev: bool = True

    def name(self, project: Path) -> str:
        """Return the same name for the same set of packages."""
        declared = tomllib.loads((project / "pyproject.toml").read_text())
        content = [
            self,
            declared["project"]["requires-python"],
            declared["project"]["dependencies"],
            declared["dependency-groups"] if self.dev else None,
            declared["tool"]["uv"],
        ]
        return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


@dataclass
class Environments:
    """Environments in a folder that several processes have in common."""

    folder: Path
    note: Callable[[str, object], None]

    def __call__(
        self, project: Path, python: str, resolution: str = "highest", dev: bool = True
    ) -> Path:
        """Return the folder of programs of an environment that the project runs in."""
        wanted = Wanted(python, resolution, dev)
        place = self.folder / wanted.name(project)
        complete = self.folder / f"{place.name}.complete"
        self.note("environments asked for", 1)
        with FileLock(f"{place}.lock"):
            if not complete.exists():
                made(project, place, wanted)
                # Fails where it was made before.
                complete.touch(exist_ok=False)
                self.note("environments made", 1)
        return place / "bin"


def made(project: Path, place: Path, wanted: Wanted) -> None:
    # The remains of a failed attempt would look like a fault of the project.
    assert not place.exists(), f"{place} was there before: an environment is made once"
    try:
        install(project, place, wanted.python, wanted.resolution, dev=wanted.dev)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
