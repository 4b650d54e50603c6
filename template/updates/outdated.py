"""`just outdated`: whether there is a newer release, and what to do until then.

Exit status: 0 up to date, 1 a newer release, 3 a fault that an advisory describes, and
2 if it could not be found out.

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
from pathlib import Path
from typing import Any

from updates import text
from updates.errors import UpdateError
from updates.history import is_older
from updates.reasons import refusal
from updates.report import Report
from updates.start import check
from updates.trial import tried
from updates.versions import address
from updates.versions import listed
from updates.versions import newest

UP_TO_DATE, NEWER, ADVISORY = 0, 1, 3


@dataclass(frozen=True)
class State:
    """The release that a project has, the newest one, and what the latter reports."""

    current: str
    newest: str
    report: Report
    # Why the advisories are not known.
    unknown: str

    @property
    def outdated(self) -> bool:
        """Whether there is a newer release."""
        return is_older(self.current, self.newest)

    @property
    def status(self) -> int:
        """The exit status."""
        if self.report.advisories:
            return ADVISORY
        return NEWER if self.outdated else UP_TO_DATE


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command; the others are those of `copier update`."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def execute(project: Path, options: argparse.Namespace, given: Sequence[str]) -> int:
    """Print which release is the newest, and return the exit status.

    Raises `UpdateError` if it cannot be found out.
    """
    record = check(project)
    tags, done = listed(project, record.source)
    place = address(record.source)
    if done.status:
        said = done.errors.strip().splitlines() or ["no answer"]
        raise refusal("moved", address=place, said=said[0])
    latest = newest(tags)
    if latest is None:
        raise refusal("no release", address=place)
    found = State(record.commit, latest, *reported(project, given))
    lines = (
        json.dumps(as_json(found), indent=2)
        if options.json
        else "\n".join(as_text(found))
    )
    sys.stdout.write(f"{lines}\n")
    return found.status


def reported(project: Path, given: Sequence[str]) -> tuple[Report, str]:
    """Return what the newest release reports, and why it could not be asked."""
    try:
        with tried(project, given) as trial:
            return trial.report, ""
    except UpdateError as error:
        return Report(), str(error)


def as_json(found: State) -> dict[str, Any]:
    """Return what is known, for other programs."""
    return {
        "current": found.current.removeprefix("v"),
        "newest": found.newest.removeprefix("v"),
        "outdated": found.outdated,
        "advisories": [asdict(each) for each in found.report.advisories],
        "unknown": found.unknown,
    }


def as_text(found: State) -> Iterator[str]:
    """Yield the lines for a terminal."""
    current, latest = (each.removeprefix("v") for each in (found.current, found.newest))
    if found.outdated:
        yield f"This project has {current}, and {latest} is there: uv run just preview"
    elif current == latest:
        yield f"This project has {current}, the newest release."
    else:  # a commit after a release, or a release before its time
        yield f"This project has {current}. The newest release is {latest}."
    yield from text.advisories(found.report)
    if found.unknown:
        yield from text.wrapped(f"Advisories are not known: {found.unknown}")
