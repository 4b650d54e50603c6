"""The project's docs/accounts.md: its steps, and its tables beside the code."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support import options
from tests.support.pages import whole_page
from tests.support.rendering import Renderer
from tests.support.rendering import start_repository
from tests.support.running.page_steps import follow
from tests.support.running.projects import uv

PAGE = "docs/accounts.md"
# Prints the name, the default and the rule of each setting.
SETTINGS = """
import json
from app.core.rules import LIBRARY
from app.core.tables import TABLES
found = [each for table in TABLES for each in table if each.default is not LIBRARY]
print(json.dumps({s.name: (s.default, s.rule) for s in found}, default=str))
"""
ROW = re.compile(r"(?m)^\| `([A-Z_]+)` \| (.+?) \| ")
TABLE = re.compile(r"\(\s*\"([A-Z_]+)\"")
# What the page leaves to the modules of the settings.
FURTHER = {
    "HASH_METHOD", "LOGIN_DISABLED", "MAX_HASHING_REQUESTS", "SPECIAL_EMAIL_DOMAINS",
    "USE_SESSION_FOR_NEXT",
}  # fmt: skip
UNITS = {"day": 86_400, "hour": 3_600, "minute": 60}


def in_words(default: object, rule: str) -> str:
    """Return a default as the page has it: a time in its largest unit."""
    if "seconds" in rule and isinstance(default, int) and default:
        unit = next(name for name, size in UNITS.items() if default % size == 0)
        count = default // UNITS[unit]
        return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"`{default}`"


def of_accounts(project: Path) -> set[str]:
    """Return the names of the settings in the tables of accounts."""
    names = ("account", "account_mail", "account_api", "limit")
    paths = [project / f"app/core/{name}_settings.py" for name in names]
    texts = [path.read_text() for path in paths if path.exists()]
    return {name for text in texts for name in TABLE.findall(text)}


# Without mail the page has the same steps.
MAIL = [True, False] if options.chosen.everything else [True]


@pytest.mark.parametrize("mail", MAIL)
def test_the_steps_of_the_page_work_and_its_tables_are_true(
    mail: bool, render: Renderer
) -> None:
    project = render(preset="website", api=True, maintained_tests=False, mail=mail)
    start_repository(project, "start")
    uv(project, "sync", "--quiet")

    check_settings(project)
    check_mails(project)
    check_modules(project)
    steps = follow(project, whole_page("template/docs/accounts.md.jinja", project))

    assert steps[-2:] == ["app/dashboard/routes.py"] * 2
    assert "uv run pytest tests/test_comments.py" in steps
    uv(project, "run", "ruff", "check", ".")
    uv(project, "run", "ruff", "format", "--check", ".")
    uv(project, "run", "mypy", "--strict", ".")


def check_settings(project: Path) -> None:
    known = json.loads(uv(project, "run", "python", "-c", SETTINGS))
    rows = dict(ROW.findall((project / PAGE).read_text()))

    names = {n for n in of_accounts(project) if not n.startswith(("RATE", "REMEMBER_"))}
    assert names & known.keys() - rows.keys() == FURTHER & known.keys()
    assert rows == {name: in_words(*known[name]) for name in rows}


def check_mails(project: Path) -> None:
    files = {path.stem for path in (project / "app/templates/mail").glob("*.txt")}
    named = set(re.findall(r"(?m)^\| `([a-z_]+)` \|", (project / PAGE).read_text()))

    assert named == files - {"test"}


def check_modules(project: Path) -> None:
    text = (project / PAGE).read_text()
    modules = set(re.findall(r"(?m)^\| `(\w*routes\.py)` \|", text))
    tests = set(re.findall(r"`(test_\w+\.py)`", text))

    assert modules == {path.name for path in (project / "app/auth").glob("*routes.py")}
    assert {name for name in tests if not (project / "tests" / name).exists()} == set()


@pytest.mark.parametrize(
    ("default", "rule", "words"),
    [
        (timedelta(days=7) // timedelta(seconds=1), "a number of seconds", "7 days"),
        (3_600, "a number of seconds", "1 hour"),
        (0, "a number of seconds", "`0`"),
        ("open", "one of open, closed", "`open`"),
        (12, "a whole number from 12 to 64", "`12`"),
    ],
)
def test_a_default_is_put_into_words(default: object, rule: str, words: str) -> None:
    assert in_words(default, rule) == words
