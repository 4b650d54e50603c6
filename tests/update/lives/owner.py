"""The owner of a project: a folder, a number, and the dice of one step."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from random import Random

from tests.support.rendering import git
from tests.update.lives.proofs import Proof

# What owners do not write into.
LEFT_ALONE = ("migrations/", "uv.lock", ".copier-answers.yml")


class NotHereError(Exception):
    """A project has nothing that an edit of this kind could change."""


@dataclass
class Owner:
    """Who makes one edit: `number` is in each name that the edit brings."""

    folder: Path
    number: int
    dice: Random
    proofs: list[Proof] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"ours_{self.number}"

    def paths(self, *ends: str) -> list[str]:
        """Return the committed files with one of the ends, in their order."""
        found = git(self.folder, "ls-files", "-z").split("\0")
        return [
            path
            for path in found
            if path.endswith(ends)
            and not path.startswith(LEFT_ALONE)
            and (self.folder / path).is_file()
        ]

    def one(self, choices: list[str]) -> str:
        """Return one of them; `NotHereError` if there is none."""
        if not choices:
            raise NotHereError
        return self.dice.choice(choices)

    def read(self, path: str) -> str:
        if not (self.folder / path).exists():
            raise NotHereError
        return (self.folder / path).read_text()

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def module(self, path: str) -> ast.Module:
        return ast.parse(self.read(path))

    def insert(self, path: str, at: int, text: str) -> None:
        """Write lines after `at` lines of a file."""
        lines = self.read(path).splitlines(keepends=True)
        self.write(path, "".join([*lines[:at], text, *lines[at:]]))

    def below(self, path: str, marker: str, text: str) -> None:
        """Write lines below the last line that begins with a marker comment."""
        lines = self.read(path).splitlines()
        found = [at for at, line in enumerate(lines) if line.startswith(marker)]
        if not found:
            raise NotHereError
        self.insert(path, found[-1] + 1, text)
