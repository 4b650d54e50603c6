"""All that a template can render: every shape of each file, and trees of files.

Checks of one file read `files`: every shape that any answers give it. Checks of two
files join their `tables`. Checks of many files read the trees, in which every four
answers are together.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from functools import cache
from functools import cached_property
from itertools import chain
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from tests.static.arrays import every
from tests.static.excluded_paths import ANYWHERE
from tests.static.tables import Key
from tests.static.tables import Recorder
from tests.static.tables import SKIP
from tests.static.tables import Table
from tests.static.template_sources import Source
from tests.static.template_sources import Sources
from tests.static.trees import ANSWERS_FILE
from tests.static.trees import File
from tests.static.trees import Tree
from tests.support.facts.answers import Answers
from tests.support.facts.answers import possible
from tests.support.facts.answers import QUESTIONS
from tests.support.facts.answers import TEXTS
from tests.support.facts.known_issues import MITIGATIONS
from tests.support.fast_copier import fewer_forks_and_compiles
from tests.support.rendering import files
from tests.support.rendering import Renderer

VALUES: dict[str, list[Any]] = {
    **{name: some for name, some in QUESTIONS.items() if name not in TEXTS},
    **{f"{SKIP}{name}": [False, True] for name in MITIGATIONS},
}
# They change words of files, and never a name in one that another file must have. They
# are not multiplied with the other answers: rows of every three answers have them.
ONLY_WORDS = {"preset", "license", "python_version"}
WORDS = {*ONLY_WORDS, *TEXTS}
MULTIPLIED = {
    name: some[:1] if name in WORDS else some
    for name, some in {**VALUES, **TEXTS}.items()
}

# How many answers the trees hold together.
STRENGTH = 4

# The guard refuses some of their answers together.
LIMITED = ("tasks", f"{SKIP}thread_context")

Files = Table[File | None]


def flat(answers: Answers) -> Answers:
    """Return answers with each mitigation as one."""
    left_out = answers["skip_mitigations"]
    return {
        **{name: answers[name] for name in QUESTIONS},
        **{f"{SKIP}{name}": name in left_out for name in MITIGATIONS},
    }


def unflat(answers: Answers) -> Answers:
    """Return flat answers as Copier takes and records them."""
    left_out = [name for name in MITIGATIONS if answers[f"{SKIP}{name}"]]
    asked = {name: answers[name] for name in QUESTIONS}
    return {**asked, "skip_mitigations": left_out}


def complete(template: Path, answers: Answers) -> Answers:
    """Return all answers of a project that is given some, flat, as Copier records."""
    with tempfile.TemporaryDirectory() as folder:
        project = Renderer(template, Path(folder))(**answers)
        recorded = yaml.safe_load((project / ANSWERS_FILE).read_text())
    return flat(recorded)


@cache
def rows_of_words() -> list[Answers]:
    """Return rows that hold every three answers, with all that the words can be."""
    return every(3, VALUES | TEXTS, possible)


@cache
def rows() -> list[Answers]:
    """Return what every tree needs: every four answers, and few mitigations left."""
    together = {name: VALUES[name] for name in VALUES if name not in ONLY_WORDS}
    found = every(STRENGTH, together, possible)
    first = {name: some[0] for name, some in MULTIPLIED.items()}
    for auth in (True, False):
        for kept in (None, *MITIGATIONS):
            left_out = {f"{SKIP}{name}": name != kept for name in MITIGATIONS}
            found.append(first | left_out | {"auth": auth})
    return [first | row for row in found]


class Space:
    """The files and the trees of a template, for all answers or for one combination.

    With `paths`, only these files are looked at.
    """

    def __init__(
        self,
        template: Path,
        only: Answers | None = None,
        paths: Iterable[str] | None = None,
    ) -> None:
        started = time.monotonic()
        self.template = files(template / "template")
        self.answers = [only] if only else rows()
        values = MULTIPLIED
        if only:
            values = {name: [only[name]] for name in values}
        with fewer_forks_and_compiles():
            self.sources = Sources(template)
            self.recorder = Recorder(self.sources, values, self.answers)
            self.known: dict[File, File] = {}
            self.tables: dict[str, Files] = {
                path: self.recorder.table(self.maker(path))
                for path in sorted(self.paths())
                if path != ANSWERS_FILE and (paths is None or path in paths)
            }
            if not only:
                self.with_other_words()
        self.renders = sum(len(table.results) for table in self.tables.values())
        self.seconds = time.monotonic() - started

    def paths(self) -> set[str]:
        return {path.removesuffix(".jinja") for path in self.template}

    def maker(self, path: str) -> Callable[[Answers], File | None]:
        """Return the function that gives the file with some answers, or nothing."""
        blocks = [
            table
            for lines, table in self.exclusions
            if any(path.startswith(line) for line in lines)
        ]
        source = f"{path}.jinja"
        body = None
        if source in self.template:
            body = self.sources.environment.get_template(f"template/{source}")

        def make(answers: Answers) -> File | None:
            for block in blocks:
                left_out = self.recorder.read(block)
                if within(path, left_out):
                    return None
            if body:
                content = self.recorder.rendered(body, answers).encode()
            else:
                content = self.template[path]
            return self.known.setdefault(file := File(path, content), file)

        return make

    @cached_property
    def exclusions(self) -> list[tuple[list[str], Table[tuple[str, ...]]]]:
        """Return the blocks of `_exclude`: their lines, and what each leaves out."""
        found = []
        for source in self.sources.exclusions:
            lines = [line.strip()[1:] for line in source.text.split("\n")]
            table = self.recorder.table(self.excluding(source))
            found.append(([line for line in lines if line], table))
        return found

    def excluding(self, source: Source) -> Callable[[Answers], tuple[str, ...]]:
        template = self.sources.environment.from_string(source.text)

        def left_out(answers: Answers) -> tuple[str, ...]:
            lines = self.recorder.rendered(template, answers).split("\n")
            return tuple(line[1:] for line in lines if line and line not in ANYWHERE)

        return left_out

    def with_other_words(self) -> None:
        """Add what each file is with other words, by rows of every three answers."""
        for row in rows_of_words():
            for table in self.tables.values():
                if not WORDS.isdisjoint(table.reads):
                    table.at(row)

    def __iter__(self) -> Iterator[Tree]:
        return iter(self.trees)

    def __len__(self) -> int:
        return len(self.answers)

    @cached_property
    def trees(self) -> list[Tree]:
        return [self.tree(row) for row in self.answers]

    def tree(self, answers: Answers) -> Tree:
        """Return the project of one combination, without what records the answers."""
        found = {path: table.at(answers) for path, table in self.tables.items()}
        there = {path: file for path, file in found.items() if file}
        filled = {folder for path in there for folder in self.folders[path]}
        empty = [
            folder for folder in {*chain(*self.folders.values())} - filled
            if not within(folder, self.left_out(answers))
        ]  # fmt: skip
        return Tree(unflat(answers), there, sorted(empty))

    @cached_property
    def folders(self) -> dict[str, list[str]]:
        """Return the folders that hold each file, from the nearest to the top."""
        return {path: [str(one) for one in Path(path).parents] for path in self.tables}

    def left_out(self, answers: Answers) -> list[str]:
        return [path for _, block in self.exclusions for path in block.at(answers)]

    @cached_property
    def files(self) -> list[File]:
        """Each distinct file, but for what records the answers."""
        tables = self.tables.values()
        distinct = {file for table in tables for file in table.results.values() if file}
        return sorted(distinct, key=lambda file: (file.path, file.content))

    def of(self, *suffixes: str) -> list[File]:
        return [file for file in self.files if file.suffix in suffixes]

    @cached_property
    def answers_of(self) -> dict[File, dict[str, set[Any]]]:
        """Return the answers that each distinct file comes with, by question.

        A question that its file does not read is not there: the file comes with all.
        """
        found: dict[File, dict[str, set[Any]]] = {}
        for table in self.tables.values():
            for key, file in table.results.items():
                if file:
                    seen = found.setdefault(file, defaultdict(set))
                    for name, value in zip(table.reads, key, strict=True):
                        seen[name].add(value)
        return found

    def comes_with(self, file: File, name: str, values: Iterable[Any]) -> bool:
        """Return whether some of the answers to a question bring this file."""
        seen = self.answers_of[file]
        return name not in seen or not seen[name].isdisjoint(values)

    def keys(self, path: str, accepts: Callable[[File | None], bool]) -> set[Key]:
        """Return the answers with which a file, or its absence, is accepted."""
        results = self.tables[path].results
        accepted = {file: accepts(file) for file in set(results.values())}
        return {key for key, file in results.items() if accepted[file]}

    def meet(self, one: str, some: set[Key], other: str, others: set[Key]) -> bool:
        """Return whether answers for one file and answers for another agree."""
        if not some or not others:
            return False
        reads = self.tables[one].reads, self.tables[other].reads
        shared = [name for name in reads[0] if name in reads[1]]
        left, right = (
            parts(names, keys, shared)
            for names, keys in zip(reads, (some, others), strict=True)
        )
        return any(
            possible(dict([*a, *b]))
            for key in left.keys() & right.keys()
            for a, b in product(left[key], right[key])
        )


def parts(
    names: tuple[str, ...], keys: set[Key], shared: list[str]
) -> dict[Key, set[tuple[tuple[str, Any], ...]]]:
    """Return what answers have of the shared ones, with those that may be refused."""
    found: dict[Key, set[tuple[tuple[str, Any], ...]]] = defaultdict(set)
    places = [names.index(name) for name in shared]
    limited = [(name, names.index(name)) for name in LIMITED if name in names]
    for key in keys:
        found[tuple(key[place] for place in places)].add(
            tuple((name, key[place]) for name, place in limited)
        )
    return found


def within(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)
