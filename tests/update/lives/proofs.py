"""What an owner did to a project, so that it can be looked for after an update."""

from __future__ import annotations

import ast
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path


@dataclass
class Proof:
    """What shows that one edit is still there."""

    kind: str
    # Texts that files hold, by path.
    texts: dict[str, str] = field(default_factory=dict)
    # Texts that a file holds no more.
    without: dict[str, str] = field(default_factory=dict)
    # Paths that are there, and those that are not.
    there: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    # Settings of config.py with their values.
    settings: dict[str, int] = field(default_factory=dict)
    packages: list[str] = field(default_factory=list)
    binary: dict[str, bytes] = field(default_factory=dict)
    executable: list[str] = field(default_factory=list)

    def lost(self, project: Path) -> list[str]:
        """Return what of the edit is not there."""
        found = (self.lost_texts, self.lost_files, self.lost_values)
        return [f"{self.kind}: {lost}" for search in found for lost in search(project)]

    def lost_texts(self, project: Path) -> Iterator[str]:
        for path, text in self.texts.items():
            if text not in read(project / path):
                yield f"{path} has no {text!r}"
        for path, text in self.without.items():
            if text in read(project / path):
                yield f"{path} has {text!r} again"

    def lost_files(self, project: Path) -> Iterator[str]:
        for path in self.there:
            if not (project / path).exists():
                yield f"{path} is not there"
        for path in self.gone:
            if (project / path).exists():
                yield f"{path} is there again"
        for path, data in self.binary.items():
            if not (project / path).exists() or (project / path).read_bytes() != data:
                yield f"{path} is another file"
        for path in self.executable:
            if not os.access(project / path, os.X_OK):
                yield f"{path} is not executable"

    def lost_values(self, project: Path) -> Iterator[str]:
        for name, value in self.settings.items():
            if setting(project, name) != value:
                yield f"{name} of config.py is {setting(project, name)}"
        for package in self.packages:
            if package not in declared(project):
                yield f"pyproject.toml does not declare {package}"

    def concerns(self, path: str) -> bool:
        """Return whether the edit was made in a file."""
        own = {
            *self.texts, *self.without, *self.binary, *self.executable, *self.there,
            *(["config.py"] if self.settings else []),
            *(["pyproject.toml"] if self.packages else []),
        }  # fmt: skip
        return path in own

    def moved(self, old: str, new: str) -> None:
        """Look in another path from now on."""
        for found in (self.texts, self.without):
            if old in found:
                found[new] = found.pop(old)
        if old in self.binary:
            self.binary[new] = self.binary.pop(old)
        self.there = [new if path == old else path for path in self.there]

    def forget(self, path: str) -> None:
        """Look no more into a file that its owner has deleted."""
        self.texts.pop(path, None)
        self.without.pop(path, None)
        self.binary.pop(path, None)
        self.there = [name for name in self.there if name != path]
        self.executable = [name for name in self.executable if name != path]


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def setting(project: Path, name: str) -> object:
    """Return the value that the first class of config.py gives a setting."""
    try:
        tree = ast.parse((project / "config.py").read_text())
    except SyntaxError:
        return None  # it has the marks of a conflict
    first = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    value: object = None
    for node in first.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant())
                | ast.AnnAssign(target=ast.Name(id=found), value=ast.Constant())
            ) if found == name:
                value = ast.literal_eval(node.value)  # type: ignore[arg-type]
    return value


def declared(project: Path) -> set[str]:
    content = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    return {line.split(">=")[0] for line in content["dependencies"]}
