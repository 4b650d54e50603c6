"""Renders every combination once, and keeps each distinct file once."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shutil import rmtree

import yaml

from answers import Answers
from rendering import files
from rendering import Renderer

ANSWERS_FILE = ".copier-answers.yml"


@dataclass(frozen=True)
class File:
    """A file as some combination has it."""

    path: str
    content: bytes

    @cached_property
    def text(self) -> str:
        return self.content.decode()

    @property
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


Found = tuple[Answers, list["File"], list[str]]  # as processes pass it on


class Trees:
    """The trees of all combinations that were rendered, and what they came from."""

    def __init__(self, trees: Iterable[Tree], template: Path) -> None:
        self.trees = list(trees)
        self.template = files(template / "template")
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Tree]:
        return iter(self.trees)

    def __len__(self) -> int:
        return len(self.trees)

    @cached_property
    def files(self) -> list[File]:
        """Each distinct file of all trees, but for what records the answers."""
        distinct = {file: None for tree in self for file in tree.files.values()}
        return sorted(distinct, key=lambda file: (file.path, file.content))

    def of(self, *suffixes: str) -> list[File]:
        return [file for file in self.files if file.suffix in suffixes]


def rendered(template: Path, combinations: Sequence[Answers]) -> Trees:
    """Render each combination, on every processor that there is."""
    started = time.monotonic()
    processes = min(os.cpu_count() or 1, len(combinations))
    parts = [combinations[start::processes] for start in range(processes)]
    # A forked child would inherit the threads of the test run.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        results = list(pool.map(rendered_here, [template] * processes, parts))

    trees = Trees(gathered(results), template)
    trees.seconds = time.monotonic() - started
    return trees


def gathered(results: list[list[Found]]) -> Iterator[Tree]:
    """Give the trees of all processes, equal files as one object."""
    known: dict[File, File] = {}
    for part in results:
        for answers, found, empty in part:
            same = [known.setdefault(file, file) for file in found]
            yield Tree(answers, {file.path: file for file in same}, empty)


def rendered_here(template: Path, combinations: list[Answers]) -> list[Found]:
    """Render one combination after the other, in this process."""
    known: dict[File, File] = {}
    found: list[Found] = []
    with tempfile.TemporaryDirectory() as folder:
        render = Renderer(template, Path(folder))
        for combination in combinations:
            project = render(**combination)
            content = files(project)
            answers = yaml.load(content.pop(ANSWERS_FILE), yaml.CSafeLoader)
            kept = [File(path, data) for path, data in content.items()]
            same = [known.setdefault(file, file) for file in kept]
            found.append((answers, same, empty_folders(project)))
            rmtree(project)
    return found


def empty_folders(project: Path) -> list[str]:
    folders = [path for path in project.rglob("*") if path.is_dir()]
    return [str(f.relative_to(project)) for f in folders if not any(f.iterdir())]
