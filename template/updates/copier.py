"""Runs Copier, which updates a project and renders its former release.

Maintained by copier-flask.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from updates.diagnosis import diagnosis
from updates.processes import run
from updates.record import record_of
from updates.report import parse
from updates.report import Report

REPORT = {"COPIER_FLASK_REPORT": "json"}


def run_update(folder: Path, arguments: Sequence[str] = ()) -> Report:
    """Update a committed project in its folder, and return what the release reports.

    `arguments` are those of `copier update`. An older release prints no report: then
    only the two releases are known. Raises `UpdateError` if Copier fails.
    """
    old = record_of(folder)
    command = ("uvx", "copier", "update", "--defaults", *arguments)
    done = run(folder, *command, variables=REPORT)
    if done.status:
        raise diagnosis(folder, old, arguments, done)
    found = parse(done.errors) or parse(done.output) or Report(printed=False)
    new = record_of(folder).version
    return replace(found, old=found.old or old.version, new=found.new or new)


def render_recorded(folder: Path, target: Path) -> bool:
    """Render the release and the answers that are recorded; return whether it worked.

    Nothing of the project is in it, as on the day of the last update.
    """
    record = record_of(folder)
    with tempfile.TemporaryDirectory() as place:
        answers = Path(place) / "answers.yml"
        answers.write_text(record.answers, encoding="utf-8")
        command = (
            "uvx", "copier", "copy", "--defaults", "--quiet",
            "--vcs-ref", record.commit, "--data-file", str(answers),
            record.source, str(target),
        )  # fmt: skip
        return run(folder, *command).status == 0
