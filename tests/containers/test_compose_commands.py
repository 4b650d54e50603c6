"""The compose commands of docs/deploying.md run unchanged."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.containers import engine
from tests.containers.engine import Stack
from tests.support.rendering import attempt
from tests.support.rendering import git
from tests.support.rendering import Renderer
from tests.support.rendering import run as run_program
from tests.support.rendering import said
from tests.support.running.page_commands import Block
from tests.support.running.page_commands import blocks
from tests.support.running.page_commands import page

missing = engine.missing_engine()
pytestmark = pytest.mark.skipif(bool(missing), reason=missing or "there is one")

ACCOUNTS = """
import run, sys
from app.accounts import users
with run.app.app_context():
    for email in sys.argv[1:]:
        users.create(email, "a password of theirs")
"""


class Reader:
    """Runs the commands of the page in the folder of the project."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def follow(self, block: Block, answer: str = "") -> None:
        # Another port than 8000, which the test's machine may need.
        text = block.text.replace("127.0.0.1:8000", f"127.0.0.1:{self.stack.port}")
        if answer:
            text = f"echo '{answer}' | {text}"
        done = attempt(
            self.stack.project, "bash", "-euo", "pipefail", "-c", text,
            PORT=str(self.stack.port), COMPOSE_PROJECT_NAME=self.stack.name,
        )  # fmt: skip
        assert done.returncode == 0, f"{text}\n{said(done)}\n{self.stack.log()}"

    def create(self, email: str) -> None:
        self.stack.inside("python", "-c", ACCOUNTS, email)

    def accounts(self) -> list[str]:
        listed = self.stack.inside("flask", "users", "list")
        return re.findall(r"\w+@example\.com", listed)


@pytest.mark.parametrize(
    ("database", "server"),
    [("sqlite", "gunicorn"), ("postgresql", "granian"), ("mysql", "gunicorn")],
)
def test_the_compose_commands_do_what_the_page_says(
    database: str, server: str, render: Renderer
) -> None:
    project = engine.prepared(render(database=database, server=server))
    if reason := engine.missing_image(project):
        pytest.skip(reason)
    check_variables(project)

    number = ("sqlite", "postgresql", "mysql").index(database)
    name = f"copier-flask-{os.getpid()}-page-{number}"
    with engine.taken_down(project, name) as stack:
        reader = Reader(stack)
        left = [each for each in blocks(project) if each.runs_in == "containers"]
        reader.follow(left.pop(0))
        reader.follow(left.pop(0), answer="a password of theirs")

        reader.create("kept@example.com")
        reader.follow(left.pop(0))
        if database != "sqlite":
            reader.create("later@example.com")
            reader.follow(left.pop(0))
            stack.wait_for_health("healthy")
        assert reader.accounts() == ["you@example.com", "kept@example.com"]

        if database == "sqlite":
            copied = run_program(
                project, "sqlite3", "backup.db", "SELECT email FROM users"
            )
            assert copied.split() == ["you@example.com", "kept@example.com"]
        reader.follow(left.pop(0))
        stack.wait_for_health("healthy")
        assert left == []


def check_variables(project: Path) -> None:
    """The file of variables that the page shows has the secrets that are needed."""
    (shown,) = re.findall(r"(?ms)^```dotenv\n(.*?)^```$", page(project))
    names = set(re.findall(r"(?m)^(\w+)=", shown))
    compose = (project / "compose.yaml").read_text()

    assert names >= set(re.findall(r"\${(\w+):\?", compose))
    assert names <= set(re.findall(r"\${(\w+)[:}]", compose))
    assert git(project, "check-ignore", ".env").strip() == ".env"
