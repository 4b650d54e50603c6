"""What the message after a copy or an update says of this project only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader
from jinja2 import DictLoader
from jinja2 import FileSystemLoader
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from jinja2_ansible_filters import AnsibleCoreFiltersExtension

from tests.support.facts.answers import asked
from tests.support.facts.answers import values
from tests.support.facts.known_issues import MITIGATIONS
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import released
from tests.support.rendering import ROOT

ANSWERS = {
    "_commit": "v0.11.0", "_src_path": "https://github.com/OWNER/copier-flask",
    "auth": True, "api": False, "ci": "github", "tasks": "none", "skip_mitigations": [],
}  # fmt: skip
LOG = """# Changes

What `copier update` changes.

## 0.11.0
Released 2030-02-02

One sentence about it.

What you may have to do:

- With `api`: read the programs'
  new errors.

  And their codes.
- With `tasks=threads`: raise the limit.

What is better:

- With `auth`: log-ins are quicker.
- Every page is.
- Without `api`: the greeting is shorter.
- With `auth` and `api`: tokens.
- With `ci=github` or `ci=gitlab`: a hook.
- With `csrf_cache`: a shorter header.

## 0.10.0
Released 2030-01-01

A few faults were found in the API,
and an update changes these:

- With `api`: dates.
- Without `auth`: nothing to do.

## 0.9.0
Released 2029-01-01

- Long ago.
"""
CONDITION = re.compile(
    r"^(?:-|[0-9]+[.]) "
    r"(?:With (`[^`]+`(?:(?: and `[^`]+`)+|(?: or `[^`]+`)+)?)|Without (`[^`]+`)):"
)


# A list of what an owner may have to do has numbers.
NUMBERED = """# Changes

## 0.11.0
Released 2030-02-02

What you may have to do:

1. With `api`: read the programs'
   new errors.
2. Settle conflicts.

   There are few.
3. Without `auth`: nothing.
4. With `api`: 1. is not a mark in a line.
10. With `auth`: make a revision.

What is better, in this order:

1. With `api`: dates.
2. With `docker`: images.

And further:

1. Pages.
"""


def mark(item: str) -> str:
    """Return what an item of a list begins with: a dash, or its number."""
    return item.partition(" ")[0]


def after_update(old: str, log: str = LOG, **answers: object) -> str:
    """Return the message after an update, with the changelog `log`."""
    return printed("after_update", "/nowhere", old, {**ANSWERS, **answers}, log=log)


def printed(message: str, *arguments: object, log: str = LOG) -> str:
    """Return a message of the template."""
    environment = SandboxedEnvironment(  # as Copier makes it
        loader=ChoiceLoader(
            [DictLoader({"CHANGELOG.md": log}), FileSystemLoader(ROOT)]
        ),
        extensions=[AnsibleCoreFiltersExtension],
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    messages = environment.get_template("extensions/messages.jinja").module
    text: str = getattr(messages, message)(*arguments)
    return text


def test_an_update_shows_the_entries_that_apply() -> None:
    entry = after_update("v0.10.0").partition("## 0.11.0\n")[2].partition("\nNext")[0]

    assert entry.rstrip() == LOG[LOG.index("Released") : LOG.index("What you")] + (
        "What is better:\n"
        "\n"
        "- With `auth`: log-ins are quicker.\n"
        "- Every page is.\n"
        "- Without `api`: the greeting is shorter.\n"
        "- With `ci=github` or `ci=gitlab`: a hook.\n"
        "- With `csrf_cache`: a shorter header."
    )


def test_an_item_is_left_out_whole_and_the_others_keep_their_heading() -> None:
    text = after_update("v0.10.0", tasks="threads", skip_mitigations=["csrf_cache"])

    assert "What you may have to do:\n\n- With `tasks=threads`: raise the" in text
    assert "And their codes." not in text
    assert "`csrf_cache`" not in text


def test_items_with_numbers_are_left_out_and_the_others_numbered_anew() -> None:
    text = after_update("v0.10.0", NUMBERED)

    assert text.partition("## 0.11.0\n")[2].partition("\nNext")[0].rstrip() == (
        "Released 2030-02-02\n"
        "\n"
        "What you may have to do:\n"
        "\n"
        "1. Settle conflicts.\n"
        "\n"
        "   There are few.\n"
        "2. With `auth`: make a revision.\n"
        "\n"
        "And further:\n"
        "\n"
        "1. Pages."
    )


def test_a_release_of_other_pieces_says_so() -> None:
    text = after_update("v0.9.0")

    assert "Its changes are in pieces that this project does not have." in text
    assert text.count("Its changes are in pieces") == 1
    assert "in the API,\nand an update changes these:\n\nIts changes" in text
    assert "Long ago" not in text
    assert "- With `api`: dates." in after_update("v0.9.0", api=True)


@pytest.mark.parametrize(
    ("old", "shown"),
    [
        ("v0.9.0", ["0.100.0", "0.11.0", "0.10.0", "0.9.10"]),
        ("v0.9.10", ["0.100.0", "0.11.0", "0.10.0"]),
        ("v0.10.0", ["0.100.0", "0.11.0"]),
        ("v0.99.0", ["0.100.0"]),
        ("0.10.0.post3.dev0+0a1b2c3", ["0.100.0", "0.11.0"]),
    ],
)
def test_versions_are_numbers_and_not_text(old: str, shown: list[str]) -> None:
    versions = ["0.100.0", "0.11.0", "0.10.0", "0.9.10", "0.9.0", "0.2.0"]
    log = "# Changes\n" + "".join(f"\n## {v}\nReleased\n\n- It.\n" for v in versions)

    text = after_update(old, log, _commit="v0.100.0")

    assert re.findall("(?m)^## (.*)$", text) == shown


def test_an_update_to_the_same_version_says_so() -> None:
    text = after_update("v0.11.0")

    assert "This project was at v0.11.0 already" in text
    assert "Updated from" not in text
    assert "\n## " not in text


def test_the_whole_changelog_is_shown_to_a_project_that_has_all_it_names() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    condition = f"(?m){CONDITION.pattern}"
    log = re.sub(condition, lambda found: f"{mark(found[0])} With `auth`:", text)
    shown = after_update("v0.0.9", log)

    for line in log.partition("\n## ")[2].splitlines():
        assert line in shown


@pytest.mark.parametrize("address", ["gh:OWNER/copier-flask", "gl:OWNER/copier-flask"])
def test_every_message_fits_a_terminal(address: str) -> None:
    answers = {**ANSWERS, "_src_path": address}
    messages = [
        printed("before_update", {"preset": "full"}),
        printed("after_copy", "my-app", "", answers),
        printed("after_copy", "my-app", "v0.10.0", answers),
        printed("after_update", "my-app", "v0.11.0", answers),
        printed("after_update", "my-app", "v0.9.0", answers),
    ]

    for message in messages:
        assert len(message.splitlines()) > 2
        assert max(len(line) for line in message.splitlines()) <= 79


# It would not be read if it were broken over two lines.
ANY_CONDITION = re.compile(
    r"^(?:-|[0-9]+[.]) With(?:out)?\s+`[^`]*`(?:\s+(?:and|or)\s+`[^`]*`)*:",
    re.MULTILINE,
)


def known(term: str) -> bool:
    """Return whether a condition may name this question, answer or mitigation."""
    name, _, value = term.partition("=")
    if not value:
        return name in asked() or name in MITIGATIONS
    return name in asked() and value in values(name, asked()[name])


def unknown(log: str) -> list[str]:
    """Return the conditions of a changelog that the message does not understand."""
    return [
        condition
        for condition in ANY_CONDITION.findall(log)
        if not CONDITION.match(condition)
        or not all(map(known, re.findall("`([^`]*)`", condition)))
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "With `kubernetes`", "With `ci=jenkins`", "With `auth` and `api` or `docker`",
        "With `auth` and\n  `api`", "Without `auth` and `api`", "With `PORT`",
    ],
)  # fmt: skip
def test_every_condition_of_the_changelog_is_understood(condition: str) -> None:
    log = (ROOT / "CHANGELOG.md").read_text()

    assert unknown(log) == []
    for item in (f"- {condition}:", f"12. {condition}:"):
        assert unknown(f"{log}\n{item} a fault.\n") == [item]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git find the template of the work tree at github.com."""
    released(tmp_path / "site/OWNER/copier-flask.git", "v0.1.0")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{tmp_path}/site/.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/")


@pytest.mark.usefixtures("site")
def test_a_copy_from_a_short_address_gives_the_line_that_update_bots_read(
    tmp_path: Path,
) -> None:
    short = "gh:OWNER/copier-flask"
    line = "_src_path: https://github.com/OWNER/copier-flask\n"
    copy = (str(BIN / "copier"), "copy", "--defaults", "--data=preset=minimal")

    done = attempt(tmp_path, *copy, short, "my-app")

    assert "which update bots cannot read" in done.stderr
    assert f"\n  {line}" in done.stderr
    recorded = tmp_path / "my-app/.copier-answers.yml"
    assert f"_src_path: {short}\n" in recorded.read_text()
