"""The parts of the commands that need no update: records, merges, versions, reports."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.rendering import start_repository
from tests.update.projects_to_update import Project
from tests.update.published import WORK_TREE
from tests.update.recipes import command
from tests.update.recipes import everything
from tests.update.recipes import NEWEST

ANSWERS = ".copier-answers.yml"


def called(code: str, *arguments: str) -> Any:
    """Run code with the package, and return the JSON that it prints."""
    python = (sys.executable, "-B", "-c", f"import json, sys\n{code}", *arguments)
    return json.loads(run(ROOT / "template", *python))


def test_versions_are_in_the_order_of_pep_440() -> None:
    code = (
        "from updates.versions import newest, order\n"
        "tags = json.loads(sys.argv[1])\n"
        "known = [tag for tag in tags if order(tag)]\n"
        "print(json.dumps([sorted(known, key=order), newest(tags)]))"
    )
    ordered = [
        "v0.9.0", "0.10.0", "v1.0.dev1", "1.0a1", "v1.0.0b2", "1.0rc1", "v1.0",
        "v1.0.0-3-gabcdef1", "1.0.post1", "v1.1.dev2", "1.1rc1",
    ]  # fmt: skip

    found, newest = called(code, json.dumps([*ordered[::-1], "stable", "v1.2-broken"]))

    same = {"v1.0", "v1.0.0-3-gabcdef1"}
    assert [tag for tag in found if tag not in same] == [
        tag for tag in ordered if tag not in same
    ]
    assert newest == "1.0.post1"


RECORD = """\
# Written by Copier.
_commit: v0.14.1
_src_path: '/a folder/with a long name, it''s so long that Copier folds it: on two
  lines/template'
api: false
project_name: "Tea \\u2615"
skip_mitigations:
- csrf_cache
"""


def test_a_record_is_read_without_a_package_for_yaml() -> None:
    code = (
        "from updates.record import read_record\n"
        "found = read_record(sys.argv[1])\n"
        "print(json.dumps([found.version, found.source, found.answers]))"
    )
    version, source, answers = called(code, RECORD)

    assert version == "0.14.1"
    assert source == (
        "/a folder/with a long name, it's so long that Copier folds it: on two "
        "lines/template"
    )
    assert answers == RECORD[RECORD.index("api:") :]


def test_a_report_of_another_release_is_read_as_far_as_it_is_known() -> None:
    code = (
        "from updates.report import parse\n"
        "found = parse(sys.argv[1])\n"
        "print(json.dumps(found and found.as_json()))"
    )
    printed: dict[str, object] = {
        "from": "0.1.0",
        "to": None,
        "entries": [{"release": "0.2.0", "text": "- x", "colour": "red"}, "odd"],
        "news": {},
    }

    found = called(code, f"Copying\ncopier-flask-report: {json.dumps(printed)}\n")

    assert (found["from"], found["to"]) == ("0.1.0", None)
    assert found["entries"] == [{"release": "0.2.0", "text": "- x"}]
    assert found["advisories"] == []
    assert called(code, "Updated from 0.1.0 to 0.2.0.") is None


def recorded(folder: Path, branch: str, **answers: str) -> None:
    git(folder, "switch", "--quiet", "--force-create", branch, "start")
    lines = {"_commit": "v0.14.0", "api": "false", "docker": "false"} | answers
    text = "".join(f"{key}: {value}\n" for key, value in lines.items())
    (folder / ANSWERS).write_text(text)
    commit_all(folder, branch)


def test_what_a_merge_dropped_from_the_record_is_named(tmp_path: Path) -> None:
    (tmp_path / ANSWERS).write_text("_commit: v0.14.0\napi: false\ndocker: false\n")
    start_repository(tmp_path, "start")
    git(tmp_path, "tag", "start")
    recorded(tmp_path, "one", api="true", _commit="v0.14.1")
    recorded(tmp_path, "other", docker="true")
    git(tmp_path, "merge", "--quiet", "--strategy", "ours", "one")
    code = (
        "from pathlib import Path\n"
        "from updates.history import dropped\n"
        "found = dropped(Path(sys.argv[1]))\n"
        "print(json.dumps([[each.key, each.other, each.remedy] for each in found]))"
    )

    found = called(code, str(tmp_path))
    assert [item[:2] for item in found] == [["_commit", "v0.14.1"], ["api", "true"]]
    assert "just update --data api=true" in found[1][2]

    # After an update with the answer it is right.
    text = (tmp_path / ANSWERS).read_text().replace("api: false", "api: true")
    (tmp_path / ANSWERS).write_text(text.replace("v0.14.0", "v0.14.1"))
    commit_all(tmp_path, "updated")
    assert called(code, str(tmp_path)) == []


@pytest.mark.parametrize(
    ("current", "printed"),
    [
        ("v1.1.0", "This project has 1.1.0, and 1.2.0 is there: uv run just preview"),
        ("v1.2.0", "This project has 1.2.0, the newest release."),
        (
            "v1.2.0-3-gabcdef1",
            "This project has 1.2.0-3-gabcdef1. The newest release is 1.2.0.",
        ),
        ("v1.3.0rc1", "This project has 1.3.0rc1. The newest release is 1.2.0."),
    ],
)
def test_outdated_says_what_a_project_has(current: str, printed: str) -> None:
    code = (
        "from updates.outdated import State, as_text\n"
        "from updates.report import Report\n"
        "found = State(sys.argv[1], 'v1.2.0', Report(), '')\n"
        "print(json.dumps([*as_text(found)]))"
    )
    assert called(code, current) == [printed]


def test_outdated_names_the_newest_release(project: Project) -> None:
    ours = project(WORK_TREE, "minimal")
    before = everything(ours)

    done = command(ours, "outdated")

    assert done.returncode == 1, said(done)
    assert f"has {WORK_TREE[1:]}, and {NEWEST[1:]} is there" in done.stdout
    assert everything(ours) == before


def test_outdated_names_an_advisory_for_the_release(project: Project) -> None:
    ours = project("v0.6.0", "minimal")

    done = command(ours, "outdated", "--json")

    assert done.returncode == 3, said(done)
    found = json.loads(done.stdout)
    assert found["outdated"]
    assert "CF-2026-001" in {item["id"] for item in found["advisories"]}
    assert found["unknown"] == ""
