"""Finds the answers and the release of a project whose .copier-answers.yml is lost.

It renders each release with answers that the files of the project suggest, and compares
the renders with the project: docs/lost-record.md. Where owners run it there is nothing
but Copier, so it imports no test tool.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import copier
import yaml

from tests.support.facts.known_issues import MITIGATIONS
from tests.support.facts.pieces import Piece
from tests.support.facts.pieces import PIECES
from tests.support.fast_copier import fewer_forks_and_compiles
from tests.support.rendering import files
from tests.support.rendering import git
from tests.update import releases

RECORD = ".copier-answers.yml"
LIST = "skip_mitigations"
SHOWN = 3
# What no update writes: it says nothing of the release.
NOT_COMPARED = ("README.md", "migrations/versions/", "tests/test_main.py", "uv.lock")
Answers = dict[str, Any]
Lines = dict[str, Counter[bytes]]


@dataclass(frozen=True)
class Guess:
    """A release and answers, and how near their render is to the project."""

    tag: str
    answers: Answers
    record: str  # the answers file of the render
    same: int  # lines of the render that the project has
    missing: int  # lines of the render that it has not

    @property
    def nearness(self) -> int:
        return self.same - self.missing


def lines_of(project: Path) -> Lines:
    """Return the lines of each file that an update may write, with their counts."""
    return {
        name: Counter(content.splitlines())
        for name, content in files(project).items()
        if name != RECORD and not name.startswith((*NOT_COMPARED, ".venv/"))
    }


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file as a dictionary, empty if it is missing."""
    return tomllib.loads(path.read_text()) if path.exists() else {}


def texts(project: Path) -> Answers:
    """Return the answers that are texts in pyproject.toml and in app/site.toml."""
    site = read_toml(project / "app/site.toml")
    package = read_toml(project / "pyproject.toml").get("project", {})
    author = (package.get("authors") or [{}])[0]
    license_ = package.get("license", "")
    return {
        "project_name": site.get("name", "My Flask App"),
        "description": site.get("description", ""),
        "cookie_name": site.get("cookie_name", "session"),
        "project_slug": package.get("name", "my-flask-app"),
        "author_name": author.get("name", ""),
        "author_email": author.get("email", ""),
        "license": "Proprietary" if "Proprietary" in str(license_) else license_,
        "python_version": package.get("requires-python", ">=3.11").removeprefix(">="),
        "preset": "custom",
    }


def is_there(piece: Piece, project: Path, packages: set[str]) -> bool:
    """Return whether a project has files or packages of one piece and of no other."""
    others = [other for other in PIECES if other != piece]
    shared = {path for other in others for path in other.files}
    common = {name for other in others for name in other.packages}
    of_files = any((project / path).exists() for path in {*piece.files} - shared)
    return of_files or bool(packages & ({*piece.packages} - common))


def suggested(project: Path) -> Answers:
    """Return answers that the files and the packages of a project suggest."""
    declared = read_toml(project / "pyproject.toml").get("project", {})
    packages = {line.split(">=")[0] for line in declared.get("dependencies", [])}
    found: Answers = {"database": "sqlite", "server": "gunicorn", "tasks": "none"}
    for piece in PIECES:
        value = piece.answers[-1]
        if is_there(piece, project, packages):
            found[piece.question] = value
        else:
            absent = {True: False}.get(value, "none")
            found.setdefault(piece.question, absent)
    config = project / "config.py"
    text = config.read_text() if config.exists() else ""
    found["config_classes"] = "class DevelopmentConfig" in text
    return {**texts(project), **found}


class Finder:
    """Renders releases of a template, and compares them with a project."""

    def __init__(self, template: Path, project: Path) -> None:
        self.template = template
        self.lines = lines_of(project)
        self.tries = 0

    def questions(self, tag: str) -> dict[str, Any]:
        """Return the questions of a release that are asked, by their names."""
        text = git(self.template, "show", f"{tag}:copier.yml")
        return {
            name: question
            for name, question in yaml.safe_load(text).items()
            if name[0] != "_" and question.get("when", True) is not False
            and not name.endswith("_guard")
        }  # fmt: skip

    def compared(self, tag: str, answers: Answers) -> Guess | None:
        """Return how near a release with answers is; None if it refuses them."""
        known = self.questions(tag)
        given = {
            name: answer
            for name, answer in answers.items()
            if name in known and answer in (values(name, known[name]) or [answer])
        }
        with tempfile.TemporaryDirectory() as folder, fewer_forks_and_compiles():
            try:
                copier.run_copy(
                    str(self.template), folder, data=given, vcs_ref=tag,
                    defaults=True, quiet=True,
                )  # fmt: skip
            except (copier.errors.UserMessageError, ValueError):
                return None
            rendered = lines_of(Path(folder))
            record = (Path(folder) / RECORD).read_text()
        same = sum(
            (counted & self.lines.get(name, Counter())).total()
            for name, counted in rendered.items()
        )
        total = sum(counted.total() for counted in rendered.values())
        return Guess(tag, given, record, same, total - same)

    def releases(self, tags: list[str], answers: Answers) -> list[Guess]:
        """Return a guess for each release, the nearest first; of equals, the older."""
        found = [guess for tag in tags if (guess := self.compared(tag, answers))]
        return sorted(found, key=lambda guess: -guess.nearness)

    def improved(self, guess: Guess) -> Guess:
        """Return a guess whose answers, one by one, are the nearest of their values."""
        for name, question in self.questions(guess.tag).items():
            for value in MITIGATIONS if name == LIST else values(name, question):
                answer = toggled(guess, value) if name == LIST else value
                if answer == guess.answers.get(name):
                    continue
                other = self.compared(guess.tag, {**guess.answers, name: answer})
                if other and other.nearness > guess.nearness:
                    guess = other
        return guess


def values(name: str, question: dict[str, Any]) -> list[Any]:
    """Return the values of a question that has few, and none of any other."""
    if question["type"] == "bool":
        return [True, False]
    choices = question.get("choices") or []
    if name in {LIST, "preset"} or isinstance(choices, str):
        return []
    return [*choices.values()] if isinstance(choices, dict) else [*choices]


def toggled(guess: Guess, mitigation: str) -> list[str]:
    """Return the mitigations that a guess leaves out, with one more or one less."""
    return sorted({*guess.answers.get(LIST, [])} ^ {mitigation})


def nearest(template: Path, project: Path) -> list[Guess]:
    """Return the nearest guesses for a project, the best first.

    `template` is a clone in which each release has its tag.
    """
    finder = Finder(template, project)
    tags = [f"v{version}" for version in releases.found(template)]
    first = finder.releases(tags, suggested(project))
    best = finder.improved(first[0])
    again = [guess.tag for guess in first[:SHOWN] if guess.tag != best.tag]
    found = [best, *finder.releases(again, best.answers)]
    return sorted(found, key=lambda guess: -guess.nearness)


def recorded(guess: Guess, address: str) -> str:
    """Return the answers file of a guess, with the address of the template."""
    lines = guess.record.splitlines(keepends=True)
    return "".join(
        f"_src_path: {address}\n" if line.startswith("_src_path:") else line
        for line in lines
    )


def reported(guesses: list[Guess]) -> str:
    """Return a line for each guess."""
    return "".join(
        f"{guess.tag}: {guess.same} lines are in the project, {guess.missing} are not\n"
        for guess in itertools.islice(guesses, SHOWN)
    )


def main(arguments: list[str]) -> int:
    """Write the answers file into a project that has none; return the exit status."""
    parser = argparse.ArgumentParser(prog="lost_record", description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--address", help="of the template, if not its clone's")
    given = parser.parse_args(arguments)
    if not (given.project / "pyproject.toml").exists():
        sys.stderr.write(f"{given.project} has no pyproject.toml: name the project.\n")
        return 2
    if (given.project / RECORD).exists():
        sys.stderr.write(f"{given.project / RECORD} is there: remove it first.\n")
        return 2

    origin = given.address or git(releases.ROOT, "config", "remote.origin.url").strip()
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "copier-flask"
        git(releases.ROOT, "clone", "--quiet", str(releases.ROOT), str(clone))
        releases.tag(clone)
        guesses = nearest(clone, given.project)
    (given.project / RECORD).write_text(recorded(guesses[0], origin))
    sys.stdout.write(reported(guesses))
    sys.stdout.write(f"Wrote {RECORD} for {guesses[0].tag}: read it, and commit it.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
