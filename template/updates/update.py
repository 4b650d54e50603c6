"""`just update`: merge, install, fix, compare the models, and say what is left to do.

Maintained by copier-flask.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from updates import git
from updates import text
from updates import transfer
from updates.checks import Check
from updates.checks import fix
from updates.checks import install
from updates.database import compare
from updates.database import model_files
from updates.database import Models
from updates.history import Dropped
from updates.history import dropped
from updates.start import check
from updates.start import check_clean
from updates.trial import Trial
from updates.trial import tried

# What `ruff format .` would change of the owner's files that are not in Git.
FORMATTED = (".py", ".pyi", ".ipynb")
NEXT = 'uv run just check && git add --all && git commit --message "Update template"'


@dataclass
class Update:
    """An update that is in the project, and what came after the merge."""

    trial: Trial
    kept: list[str]
    dropped: list[Dropped]
    steps: list[Check]
    models: Models | None = None

    @property
    def status(self) -> int:
        """1 if there is a conflict or a step that failed, 0 otherwise."""
        failed = any(not step.passed for step in self.steps)
        return int(bool(self.trial.conflicts or failed))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command; the others are those of `copier update`."""
    parser.add_argument("--abort", action="store_true", help="go back to before it")
    parser.add_argument("--all", action="store_true", help="print all of each entry")
    parser.add_argument(
        "--merge-only", action="store_true", help="do not install, fix and compare"
    )


def execute(project: Path, options: argparse.Namespace, given: Sequence[str]) -> int:
    """Update, or go back, and return the exit status.

    Raises `UpdateError` if the project cannot be updated.
    """
    if options.abort:
        commit = transfer.take_back(project)
        sys.stdout.write(
            f"The files are as in {commit[:12]} again, before the update. Packages: "
            "uv sync.\n"
            f"As they were: git diff {commit[:12]} {transfer.ABORTED}\n"
        )
        return 0

    check(project)
    check_clean(project, pending=transfer.is_pending(project))
    before = dropped(project)
    with tried(project, given) as trial:
        kept = transfer.bring(trial, project) if trial.changes else []
    done = Update(trial, kept, before, [])
    if trial.changes and not (options.merge_only or trial.conflicts):
        steps(project, done)
    sys.stdout.write(text.fitting(partial(as_text, done), everything=options.all))
    return done.status


def steps(project: Path, done: Update) -> None:
    """Install, fix, and compare the models; stop at the first that fails."""
    for step in (install, fix):
        own = untracked_code(project)
        done.steps.append(step(project))
        for path, content in own.items():
            if path.read_bytes() != content:
                path.write_bytes(content)
        if not done.steps[-1].passed:
            return
    done.models = compare(project, model_files(project, done.trial.changes))


def untracked_code(project: Path) -> dict[Path, bytes]:
    """Return the owner's files that Git does not know and a formatter would change."""
    paths = [
        project / name
        for name in git.others(project)
        if name.endswith(FORMATTED) and name not in transfer.added(project)
    ]
    return {path: path.read_bytes() for path in paths}


def as_text(done: Update, limit: int) -> Iterator[str]:
    """Yield the lines for a terminal."""
    trial, report = done.trial, done.trial.report
    yield text.releases(report)
    yield from text.reported(report, done.dropped, limit)
    yield ""
    yield text.changes(trial.changes)
    if done.kept:
        yield text.short(f"Left as they were, ignored by Git: {', '.join(done.kept)}")
    yield from text.conflicting(trial.conflicts, limit)
    yield from text.checks(done.steps)
    yield from text.models(done.models)
    yield ""
    if trial.changes:
        yield from what_next(done)
    else:
        yield "Nothing is to be done."


def what_next(done: Update) -> Iterator[str]:
    """Yield the commands that are left to the owner."""
    yield "Nothing is committed. To go back: uv run just update --abort. Next:"
    yield ""
    if done.trial.conflicts:
        yield "  git status   # keep what is right, remove the marks, git add each file"
    if done.models is None:
        yield "  uv sync && uv run just fix"
        yield "  uv run flask db check   # changes found: flask db migrate"
    yield "  uv run flask db upgrade"
    yield f"  {NEXT}"
