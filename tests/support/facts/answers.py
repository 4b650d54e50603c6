"""The questions with their answers, and covering arrays of strength n.

The questions are read from copier.yml, so a new one needs no change here.
"""

from __future__ import annotations

import shlex
from functools import cache
from itertools import combinations
from typing import Any

import yaml
from covertable import make

from tests.support.facts.known_issues import MITIGATIONS
from tests.support.facts.pieces import QUESTIONS_DECLARED
from tests.support.rendering import PRESETS
from tests.support.rendering import ROOT

Answers = dict[str, Any]

# Breaks a file that does not quote it; tests/test_free_text.py has all kinds.
BRACES = "{{ 77 }}"
AWKWARD = f"""<script>alert(1)</script> {BRACES} 'Ünïque' "App" \\"""
TEXTS: dict[str, list[str]] = {
    "project_name": ["My Flask App", AWKWARD],
    "description": ["", f"It's {AWKWARD}"],
    "author_name": ["", "Ada O'Neil"],
    "author_email": ["", "ada@example.com"],
    "project_slug": ["an-app", "a1"],
    "cookie_name": ["session", "Shop_2"],
}
# What the preset that asks is answered: a project like that of no other preset.
ASKED = {"ci": "gitlab", "config_classes": False, "auth": False, "api": True}


def of_preset(preset: str) -> list[Any]:
    return [
        question["presets"].get(preset, question["presets"]["otherwise"])
        for question in QUESTIONS_DECLARED.values()
        if "presets" in question
    ]


# Presets that give the same answers as a later one, and the others.
SAME = {
    one: other
    for one, other in combinations([name for name in PRESETS if name != "custom"], 2)
    if of_preset(one) == of_preset(other)
}
DISTINCT: dict[str, Answers] = {
    name: {"preset": name} | (ASKED if name == "custom" else {})
    for name in PRESETS
    if name not in SAME
}
# Answers that only change words in files: licences, versions, the preset.
# And the maintained tests, one folder: rows of strength 3 cover them.
NOT_STRUCTURAL = {
    "preset", "license", "python_version", "skip_mitigations", "maintained_tests",
}  # fmt: skip


def asked() -> dict[str, dict[str, Any]]:
    """Return the visible questions of copier.yml, by name."""
    entries = yaml.safe_load((ROOT / "copier.yml").read_text())
    return {
        name: entry
        for name, entry in entries.items()
        if name[0] != "_" and "when" not in entry
    }


def values(name: str, question: dict[str, Any]) -> list[Any]:
    if question["type"] == "bool":
        return [True, False]
    choices = question.get("choices")
    if isinstance(choices, dict):
        return list(choices.values())
    return list(choices) if choices else TEXTS[name]


QUESTIONS: dict[str, list[Any]] = {
    name: values(name, question)
    for name, question in asked().items()
    if name != "skip_mitigations"
}
SERVERS: list[str] = QUESTIONS["server"]
DATABASES: list[str] = QUESTIONS["database"]
STRUCTURAL = {
    name: answers
    for name, answers in QUESTIONS.items()
    if name not in NOT_STRUCTURAL and name not in TEXTS
}


def possible(answers: Answers) -> bool:
    """Return whether the guard accepts these answers, with mitigations flat or not."""
    skipped = answers.get("skip_mitigations", [])
    without_context = "thread_context" in skipped or answers.get("skip thread_context")
    return not (answers.get("tasks") == "threads" and without_context)


def parsed(text: str) -> Answers:
    """Return answers written as on Copier's command line: `auth=no server=granian`.

    Raises ValueError for what is no answer to a question.
    """
    answers = {}
    for pair in shlex.split(text):
        name, equals, value = pair.partition("=")
        if not equals or name not in asked():
            raise ValueError(f"{pair} is no NAME=VALUE with the name of a question")
        answers[name] = yaml.safe_load(value)
    return answers


def covering(strength: int, **only: list[Any]) -> list[Answers]:
    """Return rows that hold every `strength` answers together, over all questions.

    `only` limits a question to some values, because a machine may lack a program.
    Each mitigation counts as a question. The same questions give the same rows.
    """
    left_out = {f"skip {name}": [False, True] for name in MITIGATIONS}
    rows = make(
        {**QUESTIONS, **only, **left_out},
        strength=strength,
        constraints=[
            {
                "operator": "fn",
                "requires": ["tasks", "skip thread_context"],
                "evaluate": lambda row: possible(as_answers(row)),
            }
        ],
    )
    return [as_answers(row) for row in rows]


@cache
def rows_of(strength: int) -> list[Answers]:
    """Return `covering(strength)`, which takes seconds, once in each process."""
    return covering(strength)


def as_answers(row: Answers) -> Answers:
    """Gather the mitigations that a row leaves out into their one answer."""
    answers = {name: row[name] for name in QUESTIONS if name in row}
    answers["skip_mitigations"] = [
        name for name in MITIGATIONS if row.get(f"skip {name}")
    ]
    return answers


def written(answers: Answers) -> str:
    """Return answers as one would give them on a command line."""
    return ",".join(f"{name}={value}" for name, value in answers.items())
