"""The `flask db` commands of the documents run, and their revisions pass lint."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import pytest

from tests.support.rendering import BIN
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.running.projects import PRODUCTION

MODEL = """

class Note{number}(Base):
    \"\"\"A note.\"\"\"

    __tablename__ = "notes_{number}"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(200), server_default="{text}")
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
"""
OF_THE_PROJECT = [
    "AGENTS.md",
    "README.md",
    "docs/accounts.md",
    "docs/api.md",
    "docs/copier-flask.md",
    "docs/deploying.md",
    "docs/first-page.md",
]
# tests/update follows them, in another project.
OF_OTHER_TESTS = {"docs/joining.md", "docs/moving-to-postgresql.md"}
OF_THE_TEMPLATE = [
    "docs/decisions/031-migrations-make-the-tables-as-a-step-of-the-release.md",
    "docs/decisions/038-revisions-pass-the-checks-as-they-are-written.md",
    "docs/questions.md",
    "docs/updating.md",
    "extensions/update_text.jinja",
]
# Whole lines of a code block, and inline code.
COMMAND = re.compile(
    r"^ *([\w$/][^`\n]*flask db \w[^`\n]*)$|`([^`\n]*flask db \w[^`\n]*)`", re.M
)
# A short stand-in for the deploy script of docs/deploying.md.
STAND_INS = {
    "sudo": 'exec "$@"',
    # The first argument with a slash ends its options.
    "systemd-run": """
set -a; . "$VARIABLES"; set +a
while [ "${1#/}" = "$1" ]; do shift; done
command=${1##*/}
shift
exec "$command" "$@"
""",
}


def commands(document: Path) -> list[str]:
    text = document.read_text()
    return [block or inline for block, inline in COMMAND.findall(text)]


def test_all_documents_with_such_lines_are_known(render: Renderer) -> None:
    project = render(preset="full")
    found = {
        folder: {
            path.relative_to(folder).as_posix()
            for path in [*folder.glob("*.md"), *folder.glob("docs/**/*.md")]
            if path.name != "CHANGELOG.md" and commands(path)
        }
        for folder in (project, ROOT)
    }

    assert found[project] == set(OF_THE_PROJECT)
    pages = {name for name in OF_THE_TEMPLATE if name.endswith(".md")}
    assert found[ROOT] == pages | OF_OTHER_TESTS


@pytest.fixture
def project(installed: Callable[..., Path], tmp_path: Path) -> Path:
    """A project whose database has all tables."""
    sound = installed(preset="full")
    copy = tmp_path / "project"
    shutil.copytree(sound, copy, ignore=shutil.ignore_patterns(".venv", "instance"))
    (copy / ".venv").symlink_to(sound / ".venv")
    shell(copy, "flask db upgrade")
    return copy


def add_model(project: Path, text: str = "") -> str:
    """Add a model that the project does not have; return the name of its table."""
    models = project / "app/models.py"
    number = models.read_text().count("class Note")
    models.write_text(models.read_text() + MODEL.format(number=number, text=text))
    return f"notes_{number}"


def shell(project: Path, command: str) -> str:
    stand_ins = project.parent / "bin"
    stand_ins.mkdir(exist_ok=True)
    for name, body in STAND_INS.items():
        (stand_ins / name).write_text(f"#!/bin/sh\n{body}\n")
        (stand_ins / name).chmod(0o755)

    production = {"DATABASE_URL": f"sqlite:///{project.parent}/app.db", **PRODUCTION}
    variables = project.parent / "variables"
    variables.write_text("".join(f"{k}={v}\n" for k, v in production.items()))
    given = production if "APP_CONFIG=production" in command else {}
    command = command.replace("/srv/my-flask-app", str(project))

    path = f"{stand_ins}:{project}/.venv/bin:{BIN}:/usr/bin:/bin"
    given |= {"PATH": path, "UV_NO_SYNC": "1", "VARIABLES": str(variables)}
    return run(project, "/usr/bin/env", f"PATH={path}", "sh", "-c", command, **given)


Files = dict[Path, bytes]


@dataclass
class Followed:
    """A project that follows documents, and the steps that it has already taken.

    Each step takes about a second, and many documents have the same ones: in the same
    state, a command gives what it gave before.
    """

    project: Path
    taken: dict[tuple[object, ...], Files] = field(default_factory=dict)

    def changing(self) -> list[Path]:
        """Return the files that commands write, of development and production."""
        folder = self.project
        found = [*folder.glob("migrations/versions/*.py"), *folder.glob("instance/*")]
        return [folder / "app/models.py", *found, *folder.parent.glob("app.db*")]

    def files(self) -> Files:
        return {path: path.read_bytes() for path in self.changing()}

    def restore(self, files: Files) -> None:
        for path in self.changing():
            path.unlink()
        for path, content in files.items():
            path.write_bytes(content)

    def tables(self, database: Path) -> frozenset[str]:
        with closing(sqlite3.connect(database)) as connection:
            found = connection.execute("SELECT name FROM sqlite_master").fetchall()
        return frozenset(name for (name,) in found)

    def made(self) -> frozenset[str]:
        return self.tables(self.project / "instance/app.db")

    def step(self, command: str) -> None:
        revisions = len(list(self.project.glob("migrations/versions/*.py")))
        production = self.tables(self.project.parent / "app.db")
        state = (command, revisions, self.made(), production)
        if state in self.taken:
            self.restore(self.taken[state])
            return
        shell(self.project, command)
        self.taken[state] = self.files()

    def follow(self, document: Path) -> None:
        """Run the commands in their order, each `migrate` with a new model.

        One with a message is a step, which an `upgrade` has to follow.
        """
        steps = set()
        for command in commands(document):
            if "db migrate" in command.partition("#")[0]:
                table = add_model(self.project)
                steps |= {table} if " -m " in command else set()
            self.step(command)
        assert steps <= self.made(), "no upgrade after a migrate"


def test_each_documented_command_runs(project: Path) -> None:
    followed = Followed(project)
    start = followed.files()
    for document in [
        *(project / name for name in OF_THE_PROJECT),
        *(ROOT / name for name in OF_THE_TEMPLATE),
    ]:
        followed.restore(start)
        try:
            followed.follow(document)
        except AssertionError as error:
            raise AssertionError(f"{document}: {error}") from error


def test_a_new_revision_passes_the_checks_without_changes(project: Path) -> None:
    shipped = len(list((project / "migrations/versions").glob("*.py")))
    text = 'A text of more than a line: \\"quoted\\", ' + "and so on, " * 8
    add_model(project, text)
    shell(project, "uv run flask db migrate -m 'A message, \"quoted\", of many words'")
    shell(project, "uv run flask db upgrade")
    shell(
        project,
        "uv run flask db revision -m 'By hand, with a message " + "x" * 90 + "'",
    )
    shell(project, "uv run flask db upgrade")

    assert len(list((project / "migrations/versions").glob("*.py"))) == shipped + 2
    shell(project, "ruff check migrations && ruff format --check migrations")
    shell(project, "mypy")


def test_a_revision_is_written_without_ruff(project: Path) -> None:
    # As in an image of production, which has no development dependencies.
    (project / "sitecustomize.py").write_text(
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: "
        "None if name == 'ruff' else find(name, *more)\n"
    )
    add_model(project)
    shell(project, "PYTHONPATH=. flask db migrate -m notes")

    assert len(list((project / "migrations/versions").glob("*_notes.py"))) == 1


def test_a_project_folder_may_have_any_name(project: Path) -> None:
    odd = project.rename(project.parent / "100% dönë %(here)s")
    shutil.rmtree(odd / "instance")

    shell(odd, "flask db upgrade")
    shell(odd, "flask db downgrade")
    shutil.rmtree(odd / "instance")
    page = "from run import app; print(app.test_client().get('/').status)"

    assert "200 OK" in shell(odd, f'APP_CONFIG=development python -c "{page}"')
    own = "tests/maintained/core/test_database.py"
    shell(odd, f"python -m pytest -q -p no:cacheprovider {own}")
