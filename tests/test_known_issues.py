"""The known issues: each can be left out separately, and the pages are correct."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.known_issues.page import PAGE
from tests.known_issues.page import page
from tests.support.facts.known_issues import ISSUES
from tests.support.facts.known_issues import MITIGATIONS
from tests.support.rendering import files
from tests.support.rendering import Renderer

# Words that only occur in a file with the code of that mitigation.
WORDS = {
    "idempotent_teardown": [b"streaming"],
    "gevent_async": [b"async_views", b"async_check"],
    "redirect_session": [b"tests.support.redirects", b"support/redirects"],
    "thread_context": [],
    "session_protection": [b"session_protection"],
    "csrf_cache": [b"core.csrf", b"core/csrf", b"csrf_error"],
    "upload_limits": [b"uploads"],
    "key_rotation": [
        b"key_rotation",
        b"accounts.remember_cookie",
        b"accounts/remember_cookie",
    ],
    "dependency_floors": [b"packaging"],
}
# The record, the names of old tests, and pages that are there for any project.
SAY_ALL = {
    ".copier-answers.yml", "tests/maintained/sample/pages.py", "tests/support/moved.py",
}  # fmt: skip
# The ids of the contract, in its order.
PROMISED = [
    "idempotent_teardown", "gevent_async", "redirect_session", "thread_context",
    "session_protection", "csrf_cache", "upload_limits", "key_rotation",
    "dependency_floors",
]  # fmt: skip


def test_the_ids_are_those_of_the_contract() -> None:
    assert MITIGATIONS == PROMISED


@pytest.mark.parametrize("issue", ISSUES, ids=lambda issue: issue["id"])
def test_each_issue_has_all_facts(issue: dict[str, Any]) -> None:
    more = {
        "only_with", "packages", "wrong_with_accounts", "held_with_accounts",
        "held_with_threads", "lines",
    }  # fmt: skip
    assert {*issue} - more == {
        "id", "label", "title", "upstream", "since", "until", "wrong", "held", "fails",
        "files",
    }  # fmt: skip
    for name in ("since", "until", "wrong", "held", "fails"):
        assert "TO BE WRITTEN" not in issue[name]
        assert not re.search(r"{[{%#]", issue[name])
    for place in issue["upstream"]:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", place)


def test_the_page_is_made_from_the_facts() -> None:
    assert PAGE.read_text() == page(), "run tests.known_issues.page"


@pytest.mark.parametrize("issue", ISSUES, ids=lambda issue: issue["id"])
@pytest.mark.parametrize(
    "answers",
    [
        {"preset": "full"},
        {"preset": "full", "server": "gunicorn-gevent"},
        {"preset": "minimal"},
    ],
    ids=lambda answers: "-".join(answers.values()),
)
def test_a_skipped_mitigation_leaves_no_trace(
    issue: dict[str, Any], answers: dict[str, object], render: Renderer
) -> None:
    whole = files(render(**answers))
    without = files(render(**answers, skip_mitigations=[issue["id"]]))

    # The files that the guard lists before an update removes them.
    assert set(whole) - set(without) == set(whole) & set(issue["files"])
    assert not set(without) - set(whole)
    section = f"Id: `{issue['id']}`".encode()
    assert section not in without["docs/known-issues.md"]
    applies = answers["preset"] == "full" or "only_with" not in issue
    assert (section in whole["docs/known-issues.md"]) == applies
    for name, content in without.items():
        if name not in SAY_ALL:
            for word in WORDS[issue["id"]]:
                assert word not in content, name


def test_each_has_its_module_of_tests(render: Renderer) -> None:
    folder = render(preset="full") / "tests/maintained/known_issues"
    named = {f"test_{name}.py" for name in MITIGATIONS}

    assert {path.name for path in folder.iterdir()} == {
        *named,
        "__init__.py",
        "first_versions.toml",
        "test_key_rotation_accounts.py",
    }


@pytest.mark.parametrize("preset", ["full", "minimal"])
def test_all_mitigations_can_be_left_out(preset: str, render: Renderer) -> None:
    project = render(preset=preset, skip_mitigations=MITIGATIONS)

    assert not (project / "tests/maintained/known_issues").exists()
    assert not (project / "docs/known-issues.md").exists()
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text())
    assert recorded["skip_mitigations"] == MITIGATIONS


@pytest.mark.parametrize("left", MITIGATIONS)
def test_the_page_stays_for_a_single_mitigation(left: str, render: Renderer) -> None:
    others = [name for name in MITIGATIONS if name != left]
    project = render(preset="full", skip_mitigations=others)

    assert f"Id: `{left}`" in (project / "docs/known-issues.md").read_text()
    assert (project / f"tests/maintained/known_issues/test_{left}.py").exists()


def test_without_accounts_one_needs_no_skip(render: Renderer) -> None:
    others = [name for name in MITIGATIONS if name != "session_protection"]
    project = render(preset="minimal", skip_mitigations=others)

    assert not (project / "tests/maintained/known_issues").exists()
    assert not (project / "docs/known-issues.md").exists()


def test_protections_of_the_framework_stay(render: Renderer) -> None:
    project = render(preset="full", skip_mitigations=MITIGATIONS)
    config = (project / "config.py").read_text()

    assert "csrf = CSRFProtect()" in (project / "app/extensions.py").read_text()
    assert "MAX_CONTENT_LENGTH = 1024 * 1024" in config
    assert 'SESSION_COOKIE_SAMESITE = "Lax"' in config
    assert '"flask>=3.1.3"' in (project / "pyproject.toml").read_text()
