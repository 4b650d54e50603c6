"""Lives: what happens to a project, drawn from a seed or written down as a case."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import dataclass
from random import Random
from typing import Any

import yaml

from tests.support.facts.answers import possible
from tests.support.facts.answers import values
from tests.support.facts.known_issues import MITIGATIONS
from tests.update.lives.edits import KINDS
from tests.update.published import COMING
from tests.update.published import WORK_TREE
from tests.update.starts import RELEASES

FEWEST, MOST = 3, 8
# How often an answer is another than the default.
OTHERWISE = 0.3
UPDATE = "update to "
# Updates to the releases before it replaced binary files: a fault that stays theirs.
KEEPS_BINARY = "v0.7.0"


@dataclass(frozen=True)
class Life:
    """A release, the answers to its questions, and steps: edits and updates.

    A step is the name of a kind of edit, or `update to` and a tag. The dice of a step
    are those of the seed and of its number.
    """

    seed: int
    release: str
    answers: dict[str, Any]
    steps: list[str]

    def __str__(self) -> str:
        written: str = yaml.safe_dump(asdict(self), sort_keys=False, width=80)
        return written

    def kinds(self) -> list[str]:
        """Return the kinds of edits that all updates of this life keep."""
        return kept_by(
            step.removeprefix(UPDATE) for step in self.steps if UPDATE in step
        )

    def dice(self, number: int) -> Random:
        return Random(f"{self.seed} {number}")  # noqa: S311


def kept_by(targets: Iterable[str]) -> list[str]:
    """Return the kinds of edits that updates to all these releases keep."""
    old = {*targets} & {*RELEASES[: RELEASES.index(KEEPS_BINARY)]}
    return [name for name in KINDS if not old or name != "replace_icon"]


def drawn(seed: int, questions: Mapping[str, Mapping[str, Any]]) -> Life:
    """Return the life of a seed; `questions` has those of each release."""
    dice = Random(seed)  # noqa: S311
    release = in_own_order(seed, questions)[0]
    answers = drawn_answers(dice, questions[release])
    while not possible(answers):
        answers = drawn_answers(dice, questions[release])
    return Life(seed, release, answers, drawn_steps(dice, seed, release))


def in_own_order(seed: int, releases: Iterable[str]) -> list[str]:
    """Return releases in the order of a seed, in which a new one moves no other.

    So a release changes few lives, and those of a push are known before it.
    """
    return sorted(releases, key=lambda tag: Random(f"{seed} {tag}").random())  # noqa: S311


def drawn_answers(dice: Random, questions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a preset, and sometimes other answers than those that it gives."""
    answers: dict[str, Any] = {}
    for name, question in questions.items():
        if name == "preset" or dice.random() < OTHERWISE:
            value = dice.choice([*filter(is_readable, choices(name, question))])
            answers[name] = [value] if question.get("multiselect") else value
    return answers


def choices(name: str, question: Mapping[str, Any]) -> list[Any]:
    # Those of later releases are computed, and are those of today.
    if name == "skip_mitigations" and isinstance(question["choices"], str):
        return MITIGATIONS
    return values(name, dict(question))


def is_readable(answer: Any) -> bool:
    """Return whether this Python reads files for the Python that is the answer.

    A formatter writes what only newer ones read.
    """
    is_version = isinstance(answer, str) and answer.startswith("3.")
    running = sys.version_info
    return not is_version or answer <= f"{running.major}.{running.minor}"


def drawn_steps(dice: Random, seed: int, release: str) -> list[str]:
    """Return edits with updates between them and at the end, to the work tree."""
    number = dice.randint(FEWEST, MOST)
    later = RELEASES[RELEASES.index(release) + 1 :]
    between = dice.randint(0, 1 if number < MOST - 2 else 2)
    tags = sorted(in_own_order(seed, later)[:between], key=RELEASES.index)
    tags.append(WORK_TREE)
    if dice.random() < OTHERWISE:
        tags.append(COMING[-1])
    # An edit first, and one update at the end.
    places = sorted(dice.sample(range(1, number - 1), min(len(tags), number - 1) - 1))
    updates = dict(zip([*places, number - 1], tags[-len(places) - 1 :], strict=True))
    kinds = kept_by(updates.values())
    return [
        f"{UPDATE}{updates[at]}" if at in updates else dice.choice(kinds)
        for at in range(number)
    ]
