"""The paths and the answers that a release no longer knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.support.rendering import files
from tests.support.rendering import git
from tests.update.projects_to_update import answers_of
from tests.update.projects_to_update import rendered
from tests.update.projects_to_update import retired

# Answers that between them render every path of a release.
STRUCTURES: list[dict[str, object]] = [
    {"ci": ci, "config_classes": on, "auth": on, "api": True}
    for ci in ("github", "gitlab", "none")
    for on in (True, False)
]


def dropped(published: Path, old: str, new: str, folder: Path) -> Iterator[str]:
    """Yield each path that a release rendered and another does not know any more."""
    asked, still_asked = questions(published, old), questions(published, new)
    for number, answers_of_all in enumerate(STRUCTURES):
        structure = {
            name: value for name, value in answers_of_all.items() if name in asked
        }
        before = rendered(published, old, folder / f"{old}-{number}", **structure)
        answers = {
            name: value
            for name, value in answers_of(before).items()
            if name in still_asked
        }
        after = rendered(published, new, folder / f"{new}-{number}", **answers)
        declared = set(retired(published, new, answers))
        yield from set(files(before)) - set(files(after)) - declared


def questions(published: Path, tag: str) -> dict[str, Any]:
    config = yaml.safe_load(git(published, "show", f"{tag}:copier.yml"))
    return {
        name: question
        for name, question in config.items()
        if name[0] != "_" and "when" not in question
    }


def values(question: dict[str, Any]) -> set[str]:
    choices = question.get("choices", [])
    return set(choices.values() if isinstance(choices, dict) else choices)


def lost(old: dict[str, Any], new: dict[str, Any], still_known: set[str]) -> set[str]:
    """Return the names, types and values of answers that a release gave up."""
    names = set(old) - set(new) - still_known
    both = set(old) & set(new)
    return (
        names
        | {name for name in both if old[name]["type"] != new[name]["type"]}
        | {
            f"{name}={gone}"
            for name in both
            for gone in values(old[name]) - values(new[name])
        }
    )


def known_by_guard(published: Path, tag: str) -> set[str]:
    guard = git(published, "show", f"{tag}:extensions/guard.jinja")
    return set(yaml.safe_load(guard.split("{% set retired = ")[1].split(" %}")[0]))
