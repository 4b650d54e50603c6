"""What a release changes in this project, as the template reports it after an update.

With COPIER_FLASK_REPORT=json the message of Copier is one line of JSON. Keys that this
version does not know are ignored, and missing ones are empty.

Maintained by copier-flask.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from typing import Any

PREFIX = "copier-flask-report: "


@dataclass(frozen=True)
class Entry:
    """What CHANGELOG.md says about a release, as far as it concerns this project."""

    release: str
    text: str


@dataclass(frozen=True)
class Retired:
    """A path of a former release that is in the project, and why it may go."""

    path: str
    reason: str


@dataclass(frozen=True)
class BehaviourChange:
    """What works differently, and the setting that keeps the old way."""

    release: str
    change: str
    keep: str


@dataclass(frozen=True)
class Advisory:
    """A fault of the release that the project has, with its answers."""

    id: str
    fault: str
    do_now: str
    fixed_in: str


@dataclass(frozen=True)
class Mismatch:
    """An answer that says other than the files that are there."""

    answer: str
    recorded: Any
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What an update brings; `old` and `new` are versions without "v", or None."""

    old: str | None = None
    new: str | None = None
    entries: tuple[Entry, ...] = ()
    retired: tuple[Retired, ...] = ()
    behaviour_changes: tuple[BehaviourChange, ...] = ()
    advisories: tuple[Advisory, ...] = ()
    record_mismatches: tuple[Mismatch, ...] = ()
    # False if the release that was reached prints no report.
    printed: bool = field(default=True, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return the keys and values of the template's own JSON."""
        content = asdict(self)
        del content["printed"]
        return {"from": content.pop("old"), "to": content.pop("new"), **content}


def parse(printed: str) -> Report | None:
    """Return the report in what Copier printed, or None if there is none."""
    for line in printed.splitlines():
        before, prefix, text = line.partition(PREFIX)
        if not prefix or before.strip():
            continue
        try:
            content = json.loads(text)
        except ValueError:
            return None
        return from_json(content) if isinstance(content, dict) else None
    return None


def from_json(content: Mapping[str, Any]) -> Report:
    """Return the report that is written as JSON."""
    return Report(
        old=content.get("from") or None,
        new=content.get("to") or None,
        entries=tuple(
            Entry(**texts(item, "release", "text"))
            for item in items(content, "entries")
        ),
        retired=tuple(
            Retired(**texts(item, "path", "reason"))
            for item in items(content, "retired")
        ),
        behaviour_changes=tuple(
            BehaviourChange(**texts(item, "release", "change", "keep"))
            for item in items(content, "behaviour_changes")
        ),
        advisories=tuple(
            Advisory(**texts(item, "id", "fault", "do_now", "fixed_in"))
            for item in items(content, "advisories")
        ),
        record_mismatches=tuple(
            Mismatch(
                **texts(item, "answer"),
                recorded=item.get("recorded"),
                paths=tuple(map(str, item.get("paths") or ())),
            )
            for item in items(content, "record_mismatches")
        ),
    )


def items(content: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the items of a list that are mappings."""
    return [item for item in content.get(key) or [] if isinstance(item, dict)]


def texts(item: Mapping[str, Any], *keys: str) -> dict[str, str]:
    """Return the values of some keys as text, empty if there is none."""
    return {key: str(item.get(key) or "") for key in keys}
