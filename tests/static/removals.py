"""What the guard of the template says when answers take files away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2

from tests.static.space import ONLY_WORDS
from tests.static.space import VALUES
from tests.static.tables import SKIP
from tests.static.template_sources import Sources
from tests.support.facts.answers import Answers
from tests.support.facts.answers import possible

SENTENCE = re.compile(
    r"(?P<question>\w+)=(?P<answer>.*) would delete (?P<files>.*), including your edits"
    r"\. Commit, then run again with --data remove=(?P=question)\."
)


class Guard:
    """The guard of the template in a folder, without an update around it."""

    def __init__(self, template: Path) -> None:
        self.template = template
        environment = Sources(template).environment
        macros = environment.get_template("extensions/guard.jinja").module
        pieces = environment.get_template("extensions/pieces.jinja").module
        self.removal = macros.removal  # type: ignore[attr-defined]
        self.listed = macros.listed  # type: ignore[attr-defined]
        self.macro_lost = pieces.lost  # type: ignore[attr-defined]

    def refusal(self, project: Path, before: Answers, after: Answers) -> str:
        """Return the files as its refusal names them; nothing if it does not refuse."""
        conf = {"dst_path": project, "src_path": self.template, "data": {}}
        try:
            self.removal(conf, before, after)
        except jinja2.UndefinedError as refused:
            found = SENTENCE.search(str(refused))
            if not found:
                raise
            return found["files"]
        return ""

    def lost(self, before: Answers, after: Answers) -> dict[str, list[str]]:
        """Return the paths that it names files of, by question."""
        found = json.loads(self.macro_lost(before, after))
        return {question: paths for question, paths in found.items() if paths}


def changes(row: Answers) -> Iterator[tuple[str, Answers]]:
    """Give each change of one answer: its question, and the answers after it."""
    for name, values in VALUES.items():
        for value in values:
            after = row | {name: value}
            if name not in ONLY_WORDS and value != row[name] and possible(after):
                question = "skip_mitigations" if name.startswith(SKIP) else name
                yield question, after
