"""`just preview`: what an update would bring, without a change of the project.

Maintained by copier-flask.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import asdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from updates import git
from updates import text
from updates.checks import Check
from updates.checks import fix
from updates.checks import install
from updates.checks import run_checks
from updates.database import compare
from updates.database import model_files
from updates.database import Models
from updates.history import Dropped
from updates.history import dropped
from updates.trial import Trial
from updates.trial import tried


@dataclass(frozen=True)
class Preview:
    """A tried update, and what was found out about its result."""

    trial: Trial
    uncommitted: int
    models: Models
    dropped: tuple[Dropped, ...]
    checks: tuple[Check, ...] | None

    @property
    def status(self) -> int:
        """1 if there is a conflict or a check that fails, 0 otherwise."""
        failed = any(not check.passed for check in self.checks or ())
        return int(bool(self.trial.conflicts or failed))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command; the others are those of `copier update`."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--all", action="store_true", help="print all of each entry")
    parser.add_argument("--diff", action="store_true", help="print the difference")
    parser.add_argument(
        "--no-checks", action="store_true", help="do not install and check the result"
    )


def execute(project: Path, options: argparse.Namespace, given: Sequence[str]) -> int:
    """Print what an update would bring, and return the exit status.

    Raises `UpdateError` if the project cannot be updated.
    """
    with tried(project, given, compare=not options.diff) as trial:
        if options.diff:
            sys.stdout.write(difference(trial))
            return int(bool(trial.conflicts))
        found = looked_at(project, trial, checked=not options.no_checks)
    if options.json:
        content = f"{json.dumps(as_json(found), indent=2)}\n"
    else:
        content = text.fitting(partial(as_text, found), everything=options.all)
    sys.stdout.write(content)
    return found.status


def difference(trial: Trial) -> str:
    """Return the difference that an update makes, of all files."""
    git.git(trial.folder, "add", "--all", "--force", ".")
    return git.git(
        trial.folder,
        "diff",
        "--cached",
        "--no-ext-diff",
        "--relative",
        trial.commit,
        "--",
        ".",
    )


def looked_at(project: Path, trial: Trial, *, checked: bool) -> Preview:
    """Return what is found out about a tried update."""
    files = model_files(trial.folder, trial.changes)
    models = Models(files, None)
    checks: tuple[Check, ...] | None = None
    if checked and trial.changes and not trial.conflicts:
        checks = (install(trial.folder),)
        if checks[0].passed:
            fix(trial.folder)
            models = compare(trial.folder, files)
            checks = tuple(run_checks(trial.folder))
    uncommitted = len(git.changed(project))
    return Preview(trial, uncommitted, models, tuple(dropped(project)), checks)


def as_text(found: Preview, limit: int) -> Iterator[str]:
    """Yield the lines for a terminal."""
    trial, report = found.trial, found.trial.report
    yield text.releases(report)
    if found.uncommitted:
        yield f"Without your uncommitted changes in {found.uncommitted} files."
    yield from text.reported(report, found.dropped, limit)
    yield ""
    yield text.changes(trial.changes)
    yield from text.touched(trial.touched, trial.conflicts, limit)
    yield from text.conflicting(trial.conflicts, limit)
    yield from text.models(found.models)
    if found.checks is not None:
        yield from text.checks(found.checks)
    elif trial.conflicts:
        yield "Not checked, because of the conflicts."
    yield ""
    yield "Nothing in this project was changed. The difference: just preview --diff"


def as_json(found: Preview) -> dict[str, Any]:
    """Return all that is known, for other programs."""
    trial = found.trial
    touched = trial.touched
    return {
        **trial.report.as_json(),
        "dropped_by_merges": [asdict(each) for each in found.dropped],
        "changes": [asdict(each) for each in trial.changes],
        "touched": touched if touched is None else [asdict(each) for each in touched],
        "conflicts": [asdict(each) for each in trial.conflicts],
        "models": {**asdict(found.models), "commands": list(found.models.commands)},
        "checks": found.checks and [asdict(each) for each in found.checks],
        "uncommitted": found.uncommitted,
    }
