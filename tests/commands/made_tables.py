"""Tables of the pages that are made from the declarations, between two comments.

As a script it writes them; `just record` runs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tests.commands import release_notes
from tests.commands import weights
from tests.support.facts.known_issues import ISSUES
from tests.support.facts.pieces import Piece
from tests.support.facts.pieces import PIECES
from tests.support.facts.pieces import QUESTIONS_DECLARED
from tests.support.rendering import PRESETS
from tests.support.rendering import ROOT

BLOCK = re.compile(
    r"(?ms)^<!-- made: (?P<name>.+?) -->\n(?P<text>.*?)^<!-- end of \1 -->\n"
)
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
QUESTIONS: dict[str, Any] = yaml.safe_load((ROOT / "copier.yml").read_text())
TEMPLATE = ROOT / "template"
SHAPE = re.compile(r"_(?:classes|environment|plain|with_accounts|greeting|users)\.py$")
MARKER = re.compile(
    r"(?:Add (?:your|the)|# Your) (?:own )?([a-z][a-z ]*?)"
    r"(?:: `uv add[^`]*` writes them)? below this"
)
UNNAMED = {"own": "issues"}  # a comment that does not say what
BINARY = {".ico", ".pyc"}
ON_UPDATE = "{% if _copier_operation == 'update'"
# What a default says that is computed from other answers.
COMPUTED = {"project_slug": "from the name", "cookie_name": "the slug"}


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = [*heads]
    rule = f"|{'---|' * len(names)}\n"
    lines = [f"| {' | '.join(cells)} |\n" for cells in (names, *rows)]
    return "".join([lines[0], rule, *lines[1:]])


def codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def labels(question: str) -> dict[str, str]:
    """Return what copier.yml says of each value, without the value's name."""
    choices = QUESTIONS[question]["choices"]
    return {
        value: re.split(r"[:,] ", label, maxsplit=1)[-1]
        for label, value in choices.items()
    }


def presets() -> str:
    rows = [[f"`{name}`", label] for name, label in labels("preset").items()]
    return table(["preset", "what it starts with"], rows)


def presets_and_weights() -> str:
    sizes = weights.recorded_sizes()
    heads = ["preset", "what it starts with", "your files", "maintained files"]
    rows = []
    for preset, label in labels("preset").items():
        own, _, maintained, _, packages = map(str, sizes[preset])
        rows.append([f"`{preset}`", label, own, maintained, packages])
    return table([*heads, "run-time packages"], rows)


def always_asked() -> str:
    rows = [
        [f"`{name}`", question["help"]]
        for name, question in QUESTIONS.items()
        if name in QUESTIONS_DECLARED and "ask" not in question
    ]
    return table(["question", "what it asks"], rows)


def answers_of_presets() -> str:
    heads = ["question", *(f"`{name}`" for name in PRESETS[:-1])]
    rows = [
        [f"`{name}`", *(first_answer(name, preset) for preset in PRESETS)]
        for name, question in QUESTIONS.items()
        if "ask" in question
    ]
    return table([*heads, f"`{PRESETS[-1]}`, where it starts"], rows)


def first_answer(question: str, preset: str) -> str:
    if question in COMPUTED:
        return COMPUTED[question]
    declared = QUESTIONS_DECLARED[question].get("presets", {"otherwise": ""})
    return in_words(declared.get(preset, declared["otherwise"]))


def in_words(answer: object) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return f"`{answer}`" if answer else {"": "empty"}.get(str(answer), "none")


def default_of(question: str) -> str:
    """Return the sentences on its default, and on who is asked."""
    declared = QUESTIONS_DECLARED[question]
    presets = declared["presets"]
    sentence = f"Default: {in_words(presets['otherwise'])}"
    others: dict[str, list[str]] = {}
    for preset, answer in presets.items():
        if preset != "otherwise":
            others.setdefault(in_words(answer), []).append(f"`{preset}`")
    for answer, names in others.items():
        sentence += f", but {answer} with {' and '.join(names)}"
    if "updated" in declared:
        answer = in_words(declared["updated"])
        sentence += f", and {answer} in a project that an update brings the question to"
    asked = "Asked with `custom`" if "ask" in QUESTIONS[question] else "Always asked"
    return f"{sentence}. {asked}."


def path_in_project(path: str) -> str:
    """Return the path as the pages write it: a folder ends in a slash."""
    return f"{path}/" if (ROOT / "template" / path).is_dir() else path


def brought(question: str) -> str:
    """Return what each answer brings that others may not have."""
    values = QUESTIONS_DECLARED[question].get("values", [True])
    rows = []
    for value in values:
        pieces = [p for p in PIECES if p.question == question and value in p.answers]
        rows.append([in_words(value), *things(pieces)])
    return table(["answer", "files", "packages", "variables"], rows)


def things(pieces: list[Piece]) -> list[str]:
    paths = sorted({path_in_project(path) for piece in pieces for path in piece.files})
    packages = dict.fromkeys(
        name for piece in pieces for name in (*piece.packages, *piece.shares)
    )
    variables = dict.fromkeys(name for piece in pieces for name in piece.variables)
    return [codes(paths), codes(packages), codes(variables)]


def mitigations() -> str:
    rows = [
        [f"`{issue['id']}`", codes(issue["files"]), issue.get("lines", "none")]
        for issue in ISSUES
    ]
    return table(["name", "files that go", "lines that go"], rows)


def project_path(source: Path) -> str:
    """Return the path that a file of the template has in a project."""
    path = source.relative_to(TEMPLATE).as_posix().removesuffix(".jinja")
    # Where a file comes in two shapes, both have a longer name.
    short = SHAPE.sub(".py", path)
    there = any((TEMPLATE / f"{short}{end}").exists() for end in ("", ".jinja"))
    return short if there else path


def places_for_lines() -> str:
    """Return the files with a comment below which owners add lines."""
    found: dict[str, set[str]] = {}
    for source in sorted(TEMPLATE.rglob("*")):
        if source.is_file() and source.suffix not in BINARY:
            for words in MARKER.findall(source.read_text()):
                found.setdefault(project_path(source), set()).add(
                    UNNAMED.get(words, words)
                )
    rows = ([f"`{path}`", ", ".join(sorted(found[path]))] for path in sorted(found))
    return table(["file", "what you add below the comment"], rows)


def never_rewritten() -> list[str]:
    """Return the paths that an update never writes, although a copy does."""
    blocks = [block for block in QUESTIONS["_exclude"] if ON_UPDATE in block]
    paths = [*QUESTIONS["_skip_if_exists"], *re.findall(r"(?m)^/.+$", "".join(blocks))]
    return sorted({path_in_project(path.removeprefix("/")) for path in paths})


MADE: dict[str, Callable[[], str]] = {
    "advisories": lambda: f"\n{release_notes.advisories()}\n",
    "behaviour changes": lambda: f"\n{release_notes.behaviour_changes()}\n",
    "presets": presets,
    "presets and weights": presets_and_weights,
    "questions of each preset": always_asked,
    "answers of presets": answers_of_presets,
    "mitigations": mitigations,
    "places for your lines": places_for_lines,
    "what no update writes": lambda: f"{codes(never_rewritten())}\n",
    **{
        f"what {name} brings": partial(brought, name)
        for name in dict.fromkeys(p.question for p in PIECES if p.files or p.packages)
    },
}  # fmt: skip


def made_again(text: str) -> str:
    """Return a page with its tables as the declarations have them.

    Raises KeyError for a table with a name that no function makes.
    """
    return BLOCK.sub(
        lambda match: (
            f"<!-- made: {match['name']} -->\n{MADE[match['name']]()}"
            f"<!-- end of {match['name']} -->\n"
        ),
        text,
    )


def write(pages: Iterable[Path] = PAGES) -> None:
    for path in pages:
        text = path.read_text()
        if text != made_again(text):
            path.write_text(made_again(text))


if __name__ == "__main__":
    write()
