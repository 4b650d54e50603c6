"""What the message after a copy or an update says of this project only."""

from __future__ import annotations

import json
import re
from datetime import datetime
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from tests.support import messages
from tests.support.facts.release_notes import known
from tests.support.facts.release_notes import RELEASES
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import PRESETS
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


def printed(message: str, *arguments: object, log: str = LOG) -> str:
    """Return a message of the template, with a changelog that is made up."""
    return messages.printed(message, *arguments, log=log)


def after_update(old: str, log: str = LOG, **answers: object) -> str:
    """Return the message after an update, with the changelog `log`."""
    return printed("after_update", "/nowhere", old, {**ANSWERS, **answers}, log=log)


def report(
    old: str, log: str = LOG, path: object = "/nowhere", **answers: object
) -> dict[str, Any]:
    """Return the report of an update, which programs read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COPIER_FLASK_REPORT", "json")
        text = printed("after_update", path, old, {**ANSWERS, **answers}, log=log)
    name, _, content = text.partition(": ")
    assert name == "copier-flask-report"
    assert "\n" not in content
    found: dict[str, Any] = json.loads(content)
    return found


def entry(old: str, log: str = LOG, **answers: object) -> str:
    """Return what the report says of the newest release."""
    text: str = report(old, log, **answers)["entries"][0]["text"]
    return text


def test_the_report_has_the_entries_that_apply() -> None:
    assert entry("v0.10.0") == (
        "One sentence about it.\n"
        "\n"
        "What is better:\n"
        "\n"
        "- With `auth`: log-ins are quicker.\n"
        "- Every page is.\n"
        "- Without `api`: the greeting is shorter.\n"
        "- With `ci=github` or `ci=gitlab`: a hook.\n"
        "- With `csrf_cache`: a shorter header."
    )


def test_an_item_is_left_out_whole_and_the_others_keep_their_heading() -> None:
    text = entry("v0.10.0", tasks="threads", skip_mitigations=["csrf_cache"])

    assert "What you may have to do:\n\n- With `tasks=threads`: raise the" in text
    assert "And their codes." not in text
    assert "`csrf_cache`" not in text


def test_items_with_numbers_are_left_out_and_the_others_numbered_again() -> None:
    assert entry("v0.10.0", NUMBERED) == (
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
    newer, older = report("v0.9.0")["entries"]

    assert "in the API,\nand an update changes these:\n\nIts changes" in older["text"]
    assert older["text"].endswith("in pieces that this project does not have.")
    assert "Its changes are in pieces" not in newer["text"]
    with_api = report("v0.9.0", api=True)["entries"][1]["text"]
    assert "- With `api`: dates." in with_api


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

    found = report(old, log, _commit="v0.100.0")["entries"]

    assert [release["release"] for release in found] == shown


def test_an_update_to_the_same_version_says_so() -> None:
    text = after_update("v0.11.0")

    assert "This project was at v0.11.0 already" in text
    assert "Updated from" not in text
    assert "Releases in between" not in text


def test_a_project_that_has_everything_gets_the_whole_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    condition = f"(?m){CONDITION.pattern}"
    log = re.sub(condition, lambda found: f"{mark(found[0])} With `auth`:", text)
    found = report("v0.0.9", log)["entries"]
    shown = "".join(
        f"\n## {one['release']}\nReleased {one['released']}\n\n{one['text']}\n"
        for one in found
    )

    assert shown == log[log.index("\n## ") :]


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


@pytest.mark.parametrize("preset", PRESETS)
def test_the_message_after_an_update_has_at_most_40_lines(
    preset: str, everything: Path
) -> None:
    # tests/update has the other releases.
    for path in ("/nowhere", everything):
        text = messages.of_an_update(RELEASES[0], preset, path)

        assert messages.too_large(text) == []
        assert "uv run just check && git add --all" in text


def test_a_message_that_is_too_large_is_found() -> None:
    assert messages.too_large("x" * 79 + "\n" * 39) == []
    assert messages.too_large("x" * 80) == ["x" * 80]
    assert messages.too_large("x\n" * 41) == ["41 lines"]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every former path, and with the files of every piece."""
    return messages.with_every_path(tmp_path_factory.mktemp("everything"))


def test_a_long_entry_is_cut_to_the_room_that_there_is() -> None:
    items = "".join(f"{n}. Sentence {n} of it. {'word ' * 40}\n" for n in range(1, 60))
    log = f"# Changes\n\n## 0.11.0\nReleased\n\nWhat you may have to do:\n\n{items}"
    text = after_update("v0.10.0", log)

    assert len(text.splitlines()) == 40
    assert "  0.11.0: Sentence 1 of it\n" in text
    assert "word" not in text
    (left_out,) = re.findall(r"  and (\d+) more\.", text)
    assert text.count("  0.11.0: Sentence") + int(left_out) == 59
    assert "  0.11.0 (59)" in text


def test_a_heading_has_something_below_it_also_with_little_room() -> None:
    macro = ("extensions/update_text.jinja", "section", "Heads:", ["  one", "  two"])

    assert messages.made_by(*macro, 3) == "Heads:\n  one\n  two"
    assert messages.made_by(*macro, 2) == "Heads:\n  2 in all."
    assert messages.made_by(*macro, 1).strip() == ""
    more = (*macro[:3], [*macro[3], "  three"], 3)
    assert messages.made_by(*more) == "Heads:\n  one\n  and 2 more."


def test_what_is_to_be_done_is_shown_in_full_if_there_is_room() -> None:
    text = after_update("v0.10.0", NUMBERED)

    assert (
        "What you may have to do:\n"
        "  1. Settle conflicts. There are few.\n"
        "  2. With `auth`: make a revision.\n"
    ) in text


HOSTILE = """# Changes

## 0.11.0
Released 2030-02-02

"Quotes", \\ {braces}, 'single', ünïcode 日本 \u2028 and </script>:

- A { that is "open", and a } too.
"""


def test_the_report_is_json_for_any_changelog_and_answers() -> None:
    answers = {"project_name": "\"{'ü'}\n", "_src_path": '/a "b" {c}/日本'}
    found = report("v0.10.0", HOSTILE, **answers)

    text = found["entries"][0]["text"]
    assert text == HOSTILE.partition("02-02\n\n")[2].rstrip()


def test_the_report_is_printed_for_an_update_to_the_same_version() -> None:
    found = report("v0.11.0")

    assert (found["from"], found["to"]) == ("0.11.0", "0.11.0")
    assert found["entries"] == []


@pytest.mark.parametrize(
    ("old", "version"),
    [("v0.9.0", "0.9.0"), ("0.9.0.post1.dev0+a1b2", "0.9.0.post1.dev0+a1b2"),
     ("a1b2c3d", None), ("1234567", None)],
)  # fmt: skip
def test_a_commit_without_a_version_has_none_in_the_report(
    old: str, version: str | None
) -> None:
    assert report(old)["from"] == version


@pytest.mark.parametrize(
    ("old", "recorded", "ids"),
    [
        ("v0.6.0", {"database": "sqlite"}, {"CF-2026-001", "CF-2026-010"}),
        ("v0.7.0", {"database": "sqlite"}, set()),
        ("v0.6.0", {"database": "mysql"}, {"CF-2026-003"}),
        ("v0.3.1", {"database": "mysql"}, set()),
        ("v0.6.0", {"database": "mysql", "auth": False}, set()),
    ],
)
def test_the_report_names_the_faults_of_the_release_with_the_answers_before(
    old: str, recorded: dict[str, object], ids: set[str]
) -> None:
    of_databases = {"CF-2026-001", "CF-2026-003", "CF-2026-010"}
    new = {**ANSWERS, "database": "postgresql"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COPIER_FLASK_REPORT", "json")
        text = printed("after_update", "/nowhere", old, new, {"auth": True, **recorded})
    found = json.loads(text.partition(": ")[2])["advisories"]

    assert {fault["id"] for fault in found} & of_databases == ids
    assert all({"fault", "do_now", "fixed_in"} < set(fault) for fault in found)


def test_a_record_that_was_edited_is_read_for_the_report() -> None:
    day = datetime(2026, 1, 2, tzinfo=UTC).date()
    record = {"auth": True, "api": day, "skip_mitigations": [day], "project_name": "A"}
    text = messages.made_by("extensions/pieces.jinja", "structural", record)

    assert json.loads(text) == {
        "auth": True, "api": "2026-01-02", "skip_mitigations": ["2026-01-02"],
    }  # fmt: skip


def test_an_answer_that_was_not_asked_for_is_taken_as_it_is_now() -> None:
    # 0.1.0 has no question `auth`, and no fault of accounts.
    found = report("v0.1.0", auth=True, database="sqlite")["advisories"]

    ids = [fault["id"] for fault in found]
    assert "CF-2026-001" in ids
    assert "CF-2026-004" not in ids


def test_the_report_has_the_changes_of_behaviour_with_the_setting() -> None:
    with_api = report("v0.13.0", api=True)["behaviour_changes"]
    assert 'API_DOCS = "off" in config.py keeps the old way.' in [
        change["keep"] for change in with_api
    ]
    assert {change["release"] for change in report("v0.12.0")["behaviour_changes"]} == {
        "0.13.0"
    }


def test_a_piece_that_is_there_without_a_record_is_named(everything: Path) -> None:
    answers: dict[str, Any] = {
        "auth": False, "api": False, "mail": False, "maintained_tests": True,
        "database": "sqlite",
    }  # fmt: skip
    found = report("v0.11.0", path=everything, **answers)["record_mismatches"]

    assert {one["answer"]: one["paths"] for one in found} == {
        "auth": ["app/accounts", "app/auth"],
        "mail": ["app/core/mail.py", "app/core/mail_delivery.py"],
        "api": ["app/api"],
        "tasks": ["app/core/background.py"],
    }
    assert [one["recorded"] for one in found] == [False, False, False, "none"]
    text = printed("after_update", everything, "v0.11.0", {**ANSWERS, **answers})
    assert "  uv run just update --data api=true   # app/api\n" in text
    assert (
        "  uv run just update --data tasks=threads   # app/core/background.py" in text
    )


def test_an_own_folder_in_the_place_of_a_piece_is_no_piece(tmp_path: Path) -> None:
    for path in ("app/api/__init__.py", "app/api/routes.py", "app/auth/routes.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    found = report("v0.11.0", path=tmp_path, api=False, auth=False)

    assert found["record_mismatches"] == []


def test_the_report_names_former_paths_that_are_there(everything: Path) -> None:
    found = report("v0.11.0", path=everything)["retired"]

    reasons = {one["path"]: one["reason"] for one in found}
    assert reasons["app/core/hosts.py"] == "now in app/core/proxy.py"
    assert "tests/test_json.py" in reasons
    # It left only projects without CI.
    assert "SECURITY.md" not in reasons
    assert report("v0.11.0", path="/nowhere")["retired"] == []


# It would not be read if it were broken over two lines.
ANY_CONDITION = re.compile(
    r"^(?:-|[0-9]+[.]) With(?:out)?\s+`[^`]*`(?:\s+(?:and|or)\s+`[^`]*`)*:",
    re.MULTILINE,
)


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
