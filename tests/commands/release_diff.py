"""The diff of two projects, which Copier renders from two releases with some answers.

As a script it prints the diff, which `git apply` takes: `just release-diff`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import copier
import yaml
from copier.errors import CopierError

from tests.commands.release_trees import named
from tests.commands.release_trees import NEEDED
from tests.commands.release_trees import tag
from tests.commands.release_trees import taken_out
from tests.commands.release_trees import UnknownReleaseError
from tests.commands.release_trees import WORK_TREE
from tests.commands.store import SOURCE
from tests.support.fast_copier import fewer_forks_and_compiles
from tests.support.rendering import files
from tests.update.releases import HistoryError

Answers = dict[str, Any]
ANSWERS_FILE = ".copier-answers.yml"
# The settings of the machine are no part of a diff.
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "copier-flask", "GIT_AUTHOR_EMAIL": "copier@example.com",
    "GIT_COMMITTER_NAME": "copier-flask", "GIT_COMMITTER_EMAIL": "copier@example.com",
}  # fmt: skip
REFUSED = re.compile(r"'dict object' has no attribute '(?P<sentence>.*)'$", re.DOTALL)
USAGE_ERROR = 2


class AnswersError(Exception):
    """No project can have these answers; the message has the release's own words."""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | GIT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@dataclass
class Templates:
    """A Git repository with the releases that are compared, each with its tag."""

    folder: Path
    tags: dict[str, str] = field(default_factory=dict)

    def add(self, version: str) -> str:
        """Commit a release, and return its tag."""
        if not self.tags:
            git(self.folder, "init", "--quiet")
        if version not in self.tags:
            git(self.folder, "rm", "-r", "--quiet", "--ignore-unmatch", ".")
            taken_out(version, self.folder)
            # Newer than each release, so that a project can be updated to it.
            self.tags[version] = f"v{'999' if version == WORK_TREE else version}"
            git(self.folder, "add", "--all", "--force", *NEEDED)
            git(self.folder, "commit", "--quiet", "--allow-empty", "-m", version)
            git(self.folder, "tag", self.tags[version])
        return self.tags[version]

    def questions(self, version: str) -> set[str]:
        text = git(self.folder, "show", f"{self.add(version)}:copier.yml")
        return {name for name in yaml.safe_load(text) if name[0] != "_"}

    def render(self, version: str, answers: Answers, project: Path) -> Path:
        """Render a project with the answers that a release knows.

        Raises `AnswersError`.
        """
        known = self.questions(version)
        given = {name: value for name, value in answers.items() if name in known}
        try:
            with fewer_forks_and_compiles():
                copier.run_copy(
                    str(self.folder), project, data=given, vcs_ref=self.add(version),
                    defaults=True, quiet=True,
                )  # fmt: skip
        except (CopierError, ValueError) as error:
            raise AnswersError(f"{version}: {sentence(error)}") from None
        return project

    def updated_answers(self, version: str, project: Path, more: Answers) -> Answers:
        """Return what an update of a rendered project to a release records.

        `more` are answers that are given with the update. Raises `AnswersError`.
        """
        git(project, "init", "--quiet")
        git(project, "add", "--all", "--force")
        git(project, "commit", "--quiet", "--message", "before")
        known = self.questions(version)
        given = {name: value for name, value in more.items() if name in known}
        try:
            with fewer_forks_and_compiles():
                copier.run_update(
                    project, data=given, vcs_ref=self.add(version), defaults=True,
                    overwrite=True, quiet=True, skip_answered=True,
                )  # fmt: skip
        except (CopierError, ValueError) as error:
            raise AnswersError(f"{version}: {sentence(error)}") from None
        return recorded(project)


def sentence(error: Exception) -> str:
    """Return what a release says against answers, in one line."""
    text = str(error)
    match = REFUSED.search(text)
    return match["sentence"] if match else text.splitlines()[-1]


def recorded(project: Path) -> Answers:
    found = yaml.safe_load((project / ANSWERS_FILE).read_text())
    return {name: value for name, value in found.items() if name[0] != "_"}


def published(project: Path, version: str) -> None:
    """Write the address of the published template into the answers file."""
    path = project / ANSWERS_FILE
    text = re.sub(r"(?m)^_src_path: .*$", f"_src_path: {SOURCE}", path.read_text())
    path.write_text(re.sub(r"(?m)^_commit: .*$", f"_commit: {tag(version)}", text))


@dataclass
class Comparison:
    """What to compare: two releases, the answers, and those that come after them."""

    before: str
    after: str
    answers: Answers
    then: Answers | None = None
    new_projects: bool = False

    def render(self, folder: Path) -> tuple[Path, Path, list[str]]:
        """Render both projects; return them, and notes for the reader.

        Raises `AnswersError`.
        """
        (folder / "template").mkdir()
        templates = Templates(folder / "template")
        for version in (self.before, self.after):
            templates.add(version)
        notes = self.left_out(templates)
        first = templates.render(self.before, self.answers, folder / "first")
        answers = self.answers if self.then is None else self.then
        if self.is_update:
            copy = templates.render(self.before, self.answers, folder / "updated")
            new = templates.questions(self.before)
            more = {name: answers[name] for name in answers if name not in new}
            answers = templates.updated_answers(self.after, copy, more)
            fresh = {
                name: value
                for name, value in answers.items()
                if name not in new and name not in more
            }
            notes += [as_updated(self.after, fresh)] if fresh else []
        second = templates.render(self.after, answers, folder / "second")
        published(first, self.before)
        published(second, self.after)
        return first, second, notes

    @property
    def is_update(self) -> bool:
        versions = [as_numbers(self.before), as_numbers(self.after)]
        return not self.new_projects and self.then is None and versions[0] < versions[1]

    def left_out(self, templates: Templates) -> list[str]:
        """Return which answers a release does not know.

        Raises `AnswersError` for one that neither knows.
        """
        notes = []
        given = {**self.answers, **(self.then or {})}
        known = [templates.questions(name) for name in (self.before, self.after)]
        for name in given:
            if not any(name in names for names in known):
                raise AnswersError(
                    f"{name} is not a question: the questions of {self.after} are "
                    f"in docs/questions.md."
                )
        for version, names in zip((self.before, self.after), known, strict=True):
            if missing := [name for name in given if name not in names]:
                notes.append(
                    f"{version} does not have the question {', '.join(missing)}; "
                    "it is left out there."
                )
        return notes


def as_numbers(version: str) -> tuple[float, ...]:
    if version == WORK_TREE:
        return (float("inf"),)
    return tuple(float(part) for part in version.split("."))


def as_updated(version: str, answers: Answers) -> str:
    listed = ", ".join(f"{n}={json.dumps(value)}" for n, value in answers.items())
    return (
        f"New in {version}, and answered as an update does: {listed}. With "
        "--new-projects, both projects are new."
    )


def diff(first: Path, second: Path, folder: Path) -> str:
    """Return the diff of two folders, as Git writes it between two commits."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    # The content of a file decides, and not what .gitattributes of the project says.
    (folder / ".git/info").mkdir(exist_ok=True)
    (folder / ".git/info/attributes").write_text("* !diff -text !eol\n")
    trees = []
    for project in (first, second):
        git(folder, "rm", "-r", "--quiet", "--cached", "--ignore-unmatch", ".")
        for name in files(project):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((project / name).read_bytes())
            target.chmod((project / name).stat().st_mode)
        git(folder, "add", "--force", "--", *files(project))
        trees.append(git(folder, "write-tree").strip())
    # As the page docs/changes/: the smallest diff, and no renamed files.
    how = ("--minimal", "--no-renames", "--no-color", "--no-ext-diff", "--binary")
    return git(folder, "diff", *how, *trees)


def parsed(pairs: list[str]) -> Answers:
    """Return answers written as NAME=VALUE.

    Raises `AnswersError`.
    """
    answers: Answers = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise AnswersError(f"{pair} is no answer: write NAME=VALUE.")
        answers[name] = value
    return answers


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="just release-diff",
        description="Print what differs between two projects, as git diff does. With "
        "a newer second release, questions that are new get the answer that an update "
        "of the first project gives.",
        epilog="Exit codes: 0, with or without differences; 1, no project can have "
        "these answers; 2, an unknown release or option.",
    )
    parser.add_argument("before", help=f"a release such as v0.13.1, or {WORK_TREE}")
    parser.add_argument("after", help="the same")
    parser.add_argument("answers", nargs="*", metavar="NAME=VALUE")
    parser.add_argument(
        "--then", nargs="*", metavar="NAME=VALUE",
        help="the answers of the second project, instead of the same ones",
    )  # fmt: skip
    parser.add_argument(
        "--new-projects", action="store_true",
        help="answer new questions as for a new project",
    )  # fmt: skip
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Print a diff, and notes on standard error; return the exit code."""
    asked = options(arguments)
    try:
        comparison = Comparison(
            named(asked.before), named(asked.after), parsed(asked.answers),
            None if asked.then is None else parsed(asked.then), asked.new_projects,
        )  # fmt: skip
        with tempfile.TemporaryDirectory() as name:
            first, second, notes = comparison.render(Path(name))
            sys.stderr.writelines(f"{note}\n" for note in notes)
            sys.stdout.write(diff(first, second, Path(name) / "diff"))
            sys.stdout.flush()
    except UnknownReleaseError as error:
        print(error, file=sys.stderr)
        return USAGE_ERROR
    except (AnswersError, HistoryError) as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # of `| head`, which has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
