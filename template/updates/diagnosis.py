"""Why Copier did not update, in one line.

Maintained by copier-flask.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from updates.errors import UpdateError
from updates.processes import Done
from updates.processes import run
from updates.reasons import refusal
from updates.record import Record
from updates.versions import address
from updates.versions import listed
from updates.versions import newest

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# Copier's own sentence, and that of the template after words of Jinja.
SENTENCE = re.compile(r"'?dict object'? has no attribute '(.+)'$")
RELEASE_OPTIONS = ("--vcs-ref", "-r")


def diagnosis(
    folder: Path, record: Record, arguments: Sequence[str], done: Done
) -> UpdateError:
    """Return the error for an update that Copier ended with a failure."""
    printed = COLOURS.sub("", f"{done.output}\n{done.errors}")
    lines = [line.strip() for line in printed.split("\n") if line.strip()]
    last = lines[-1] if lines else f"status {done.status}"
    if sentence := SENTENCE.search(last):
        return UpdateError(sentence[1])
    if run(folder, "uvx", "copier", "--version").status:
        said = [line for line in lines if line.startswith("error")] or [last]
        return refusal("no copier", said=said[0])

    tags, answer = listed(folder, record.source)
    place = address(record.source)
    if answer.status:
        said = answer.errors.strip().splitlines() or ["no answer"]
        return refusal("moved", address=place, said=said[0])
    latest = newest(tags) or "unknown"
    wanted = release_of(arguments)
    if "downgrading" in printed:
        return refusal("downgrade", release=record.commit, newest=wanted or latest)
    if record.commit not in tags and f"{record.commit}'" in printed:
        return refusal("release gone", address=place, release=record.commit)
    if wanted and f"{wanted}'" in printed:
        return refusal("unknown release", address=place, release=wanted, newest=latest)
    return UpdateError(last)


def release_of(arguments: Sequence[str]) -> str:
    """Return the release that the arguments of Copier name, or an empty text."""
    found = ""
    for before, argument in zip(("", *arguments), arguments, strict=False):
        name, _, value = argument.partition("=")
        if before in RELEASE_OPTIONS:
            found = argument
        elif name == RELEASE_OPTIONS[0] and value:
            found = value
        elif argument.startswith("-r") and argument[2:]:
            found = argument[2:]
    return found
