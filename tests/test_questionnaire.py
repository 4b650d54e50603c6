"""The questions as a terminal of 80 columns shows them: whole, with each remedy.

A line that is too long is cut off or broken, and then its text is not in the output
of the terminal in one part, so the test waits for it in vain.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pexpect
import pytest
import yaml

from tests.support.facts.answers import asked
from tests.support.facts.pieces import QUESTIONS_DECLARED
from tests.support.rendering import PRESETS
from tests.support.rendering import ROOT
from tests.support.terminal import CLEAR
from tests.support.terminal import ended
from tests.support.terminal import interview
from tests.support.terminal import READY

COLUMNS = 80
WIDEST = COLUMNS - 1
INVISIBLE = "\u200e"
# An answer that each text refuses, and the remedy.
WRONG = {
    "project_name": ("", "give a name, like My Flask App"),
    "description": (INVISIBLE, "write one line of visible text"),
    "author_name": (201 * "n", "shorten it to 200 characters"),
    "project_slug": ("a--b", "put single hyphens between words"),
    "cookie_name": ("a b", "use letters, digits, - and _"),
    "author_email": ("ada", "write it like ada@example.com"),
}
# What Copier writes before a remedy.
BEFORE = "Validation error for question '{name}': "
# What the label of a preset calls an answer.
NOUNS = {
    ("auth", True): "accounts",
    ("mail", True): "mail",
    ("api", True): "a JSON API",
    ("docker", True): "Docker",
    ("ci", "github"): "GitHub Actions",
}


def titles(question: dict[str, Any]) -> list[str]:
    """Return the labels of the choices that copier.yml itself has."""
    choices = question.get("choices", [])
    return [] if isinstance(choices, str) else list(choices)


def issue_labels() -> list[str]:
    issues = yaml.safe_load((ROOT / "extensions/known_issues.yml").read_text())
    return [issue["label"] for issue in issues]


@pytest.mark.parametrize("name", asked())
def test_a_question_is_one_sentence_that_fits(name: str) -> None:
    question = asked()[name]

    assert len(question["help"]) <= WIDEST - len("🎤") - len(" ") - 1
    assert not re.search(r"[.?!] ", question["help"])
    for title in titles(question):
        assert len(title) <= WIDEST - len(" » ")


def test_the_label_of_a_mitigation_fits() -> None:
    assert max(map(len, issue_labels())) <= WIDEST - len(" » ○ ")


def test_every_remedy_fits_after_the_name_of_its_question() -> None:
    names = (ROOT / "extensions/names.jinja").read_text()
    remedies = re.findall(r"(?m)^{%-? (?:el)?if .*%}\n([a-z].*)$", names)
    longest = max(len(name) for name in WRONG)

    assert "put single hyphens between words" in remedies
    for remedy in remedies:
        shown = BEFORE.format(name=longest * "n") + re.sub("{{.*?}}", "1000", remedy)
        assert len(shown) <= WIDEST, remedy


def answer_wrongly(child: pexpect.spawn[str], name: str) -> None:
    wrong, remedy = WRONG[name]
    child.send(f"{CLEAR}{wrong}\r")
    child.expect_exact(BEFORE.format(name=name) + remedy)


def test_every_question_and_remedy_is_whole_at_80_columns(
    tmp_path: Path, template: Path
) -> None:
    questions = asked()
    assert {name for name in questions if "validator" in questions[name]} == set(WRONG)

    child = interview(template, tmp_path, columns=COLUMNS)
    for name, question in questions.items():
        child.expect_exact(question["help"])
        for title in titles(question):
            child.expect_exact(title)
        if "multiselect" in question:
            for label in issue_labels():
                child.expect_exact(label)
        if name in WRONG:
            answer_wrongly(child, name)
            child.send(f"{CLEAR}{'my-app' if question['default'] else ''}")
        if name == "preset":
            child.send("\x1b[A")  # from the first, up to the last: custom
        child.send("\r")
    child.expect(READY)
    assert ended(child) == 0

    message = READY + str(child.before).replace("\r", "")
    assert "uv run flask run --debug" in message
    assert [line for line in message.splitlines() if len(line) > WIDEST] == []


@pytest.mark.parametrize("preset", PRESETS)
def test_the_label_of_a_preset_says_what_is_there(preset: str) -> None:
    labels = {value: title for title, value in asked()["preset"]["choices"].items()}
    label = labels[preset].partition(": ")[2]
    if preset == "custom":
        assert label == "a question for each piece"
        return
    if match := re.match(r"the same as (\w+) now", label):
        same = match[1].lower()
        assert given(same) == given(preset)
        label = labels[same].partition(": ")[2]

    there = label.partition("without ")[0]
    for (name, answer), noun in NOUNS.items():
        assert (noun in there) == (given(preset)[name] == answer), (preset, noun)


def given(preset: str) -> dict[str, Any]:
    """Return the answers that a preset gives."""
    return {
        name: declared["presets"].get(preset, declared["presets"]["otherwise"])
        for name, declared in QUESTIONS_DECLARED.items()
        if "presets" in declared
    }
