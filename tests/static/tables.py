"""What single files of a template are, by the answers that each of them reads.

Only what a file has read while it rendered can change it. So all its shapes are found
by trying every combination of these answers, and not of all answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from random import Random
from typing import Any
from typing import Generic
from typing import TypeVar

import yaml
from jinja2 import Template
from jinja2.runtime import Context

from tests.static.template_sources import Sources
from tests.support.facts.answers import Answers
from tests.support.facts.answers import possible

SKIP = "skip "  # begins the name of a mitigation among flat answers
# The rows take the place of more combinations than this, and of fewer if the first
# ones, by chance, have so many shapes that all of them would have more than this.
MOST_COMBINATIONS = 100_000
FIRST_ONES = 1_000
MOST_SHAPES = 20_000
# Copier sets them; nothing of an update is rendered here.
COPY = {"_copier_operation": "copy", "updating_from": ""}

Key = tuple[Any, ...]
T = TypeVar("T")


@dataclass
class Table(Generic[T]):
    """What something is, by the answers that it reads."""

    reads: tuple[str, ...]
    results: dict[Key, T]
    complete: bool  # every combination is there
    make: Callable[[Answers], T]

    def at(self, answers: Mapping[str, Any]) -> T:
        """Return the result with some answers, which may have other texts."""
        key = tuple(answers[name] for name in self.reads)
        if key not in self.results:
            self.results[key] = self.make(dict(answers))
        return self.results[key]


class Skipped(list[str]):
    """The mitigations that are left out; records which of them are looked for."""

    def __init__(self, left_out: list[str], all_names: list[str], seen: set[str]):
        super().__init__(left_out)
        self.all_names = {f"{SKIP}{name}" for name in all_names}
        self.seen = seen

    def __contains__(self, name: object) -> bool:
        # names_used.py finds names that no mitigation has.
        self.seen |= self.all_names & {f"{SKIP}{name}"}
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self.seen |= self.all_names
        return super().__iter__()

    def __len__(self) -> int:
        self.seen |= self.all_names
        return super().__len__()


class Answered(Context):
    """Takes the answers from the recorder. An imported file has none, as in Copier."""

    def resolve_or_missing(self, key: str) -> Any:
        recorder: Recorder = self.environment.recorder  # type: ignore[attr-defined]
        if "_copier_conf" in self.parent and recorder.knows(key):
            return recorder.take(key)
        return super().resolve_or_missing(key)


@cache
def loaded(text: str) -> Any:
    return yaml.load(text, yaml.CSafeLoader)


class Recorder:
    """Renders parts of a template, and records what each part reads."""

    def __init__(
        self, sources: Sources, values: dict[str, list[Any]], rows: list[Answers]
    ) -> None:
        self.sources = sources
        self.values = values
        self.rows = rows
        self.first = {name: some[0] for name, some in values.items()}
        self.mitigations = [
            name.removeprefix(SKIP) for name in values if name.startswith(SKIP)
        ]
        self.context = {
            name: value
            for name, value in sources.worker._render_context().items()
            if name[0] == "_"
        }
        self.environment = sources.environment
        self.environment.context_class = Answered
        self.environment.recorder = self  # type: ignore[attr-defined]
        self.hidden: dict[str, Table[Any]] = {}
        self.answers: Answers = {}
        self.seen: set[str] = set()

    def knows(self, name: str) -> bool:
        return name in self.sources.questions or name in COPY

    def take(self, name: str) -> Any:
        """Return an answer, and record it; hidden ones are those that they read."""
        if name in COPY:
            return COPY[name]
        if name == "skip_mitigations":
            left_out = [m for m in self.mitigations if self.answers[f"{SKIP}{m}"]]
            return Skipped(left_out, self.mitigations, self.seen)
        if name in self.values:
            self.seen.add(name)
            return self.answers[name]
        if name not in self.hidden:
            default = self.sources.questions[name]["default"]
            body = self.environment.from_string(str(default))
            self.hidden[name] = self.table(lambda answers: self.rendered(body, answers))
        return loaded(self.read(self.hidden[name]))

    def read(self, table: Table[T]) -> T:
        """Take from another table what it has with these answers."""
        answers = self.answers
        self.seen.update(table.reads)
        return table.at(answers)

    def rendered(self, template: Template, answers: Answers) -> str:
        before, self.answers = self.answers, answers
        try:
            context = template.new_context(self.context)
            return "".join(template.root_render_func(context))
        finally:
            self.answers = before

    def table(self, function: Callable[[Answers], T]) -> Table[T]:
        """Find what the function reads, and what it gives for each combination."""

        def make(answers: Answers) -> T:
            before, self.answers = self.answers, answers
            try:
                return function(answers)
            finally:
                self.answers = before

        outside, self.seen = self.seen, set()
        reads: tuple[str, ...] = ()
        try:
            while True:
                table = self.tried(reads, make)
                if self.seen <= set(reads):
                    return table
                reads = tuple(name for name in self.values if name in self.seen)
        finally:
            self.seen = outside

    def tried(self, reads: tuple[str, ...], make: Callable[[Answers], T]) -> Table[T]:
        """Try the combinations of some answers, until others are read."""
        keys = self.combinations(reads)
        results = self.made(reads, keys[:FIRST_ONES], make)
        share = len(set(results.values())) / max(1, len(results))
        if not keys or len(keys) * share > MOST_SHAPES:
            return Table(
                reads, self.made(reads, self.of_rows(reads), make), False, make
            )
        results |= self.made(reads, keys[FIRST_ONES:], make)
        return Table(reads, results, True, make)

    def made(
        self, reads: tuple[str, ...], keys: list[Key], make: Callable[[Answers], T]
    ) -> dict[Key, T]:
        results: dict[Key, T] = {}
        for key in keys:
            results[key] = make(self.first | dict(zip(reads, key, strict=True)))
            if not self.seen <= set(reads):
                break
        return results

    def combinations(self, reads: tuple[str, ...]) -> list[Key]:
        """Return every combination of some answers; none if they are too many."""
        if math.prod(len(self.values[name]) for name in reads) > MOST_COMBINATIONS:
            return []
        found = [
            key
            for key in product(*(self.values[name] for name in reads))
            if possible(dict(zip(reads, key, strict=True)))
        ]
        Random(0).shuffle(found)  # noqa: S311  # no secret
        return found

    def of_rows(self, reads: tuple[str, ...]) -> list[Key]:
        keys = (tuple(row[name] for name in reads) for row in self.rows)
        return list(dict.fromkeys(keys))
