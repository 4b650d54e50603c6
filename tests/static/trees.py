"""Files and trees of files, as some answers give them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.support.facts.answers import Answers

ANSWERS_FILE = ".copier-answers.yml"


@dataclass(frozen=True)
class File:
    """A file as some combination has it."""

    path: str
    content: bytes

    @cached_property
    def text(self) -> str:
        return self.content.decode()

    @cached_property
    def suffix(self) -> str:
        return Path(self.path).suffix


@dataclass
class Tree:
    """What one combination of answers gives."""

    answers: Answers  # all that the project has recorded
    files: dict[str, File]  # by path, shared with the other trees
    empty_folders: list[str]

    def write(self, folder: Path) -> Path:
        for file in self.files.values():
            write(file, folder)
        return folder


def write(file: File, folder: Path) -> None:
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)


def empty_folders(project: Path) -> list[str]:
    folders = [path for path in project.rglob("*") if path.is_dir()]
    return [str(f.relative_to(project)) for f in folders if not any(f.iterdir())]
