"""A piece switched on in a project that exists, used, and switched off again."""

from __future__ import annotations

import re
import sqlite3
import tomllib
from collections.abc import Callable
from itertools import product
from pathlib import Path

import copier
import pytest

from tests.support import options
from tests.support.rendering import commit_all
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import run
from tests.support.sampling import in_turn
from tests.support.sampling import part
from tests.update.in_use import ALREADY_RUN
from tests.update.in_use import brought_up_to_date
from tests.update.in_use import flask
from tests.update.in_use import has_one_head
from tests.update.in_use import insert
from tests.update.in_use import passes_its_tests
from tests.update.in_use import rows
from tests.update.in_use import tables
from tests.update.projects_to_update import answers_of
from tests.update.projects_to_update import check
from tests.update.projects_to_update import check_untouched
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import updated
from tests.update.published import WORK_TREE
from tests.update.scenarios import applied
from tests.update.scenarios import SCENARIOS
from tests.update.starts import before
from tests.update.starts import EVERYTHING

# The releases before there were accounts.
BEFORE = before("0.3.0")
SWITCHES = [{"auth": True}, {"api": True}, {"auth": True, "api": True}]
OFF = {"auth": False, "api": False, "docker": False}


PRESETS = ["website", "minimal"]
PROJECTS = list(product(BEFORE, PRESETS))
ARRIVALS = (
    list(product(SWITCHES, PROJECTS)) if EVERYTHING else in_turn(SWITCHES, PROJECTS)
)


def written_as(names: dict[str, bool] | tuple[str, str]) -> str:
    return "+".join(names)


@pytest.mark.parametrize("project_of", part(PROJECTS, 2), ids=written_as)
def test_an_update_brings_no_piece_by_itself(
    project_of: tuple[str, str], project: Project
) -> None:
    ours = project(*project_of)

    updated(ours, WORK_TREE)

    assert answers_of(ours).items() >= OFF.items()
    assert not (ours / "app/auth").exists()
    assert not (ours / "app/api").exists()


@pytest.mark.parametrize(("answers", "project_of"), ARRIVALS, ids=written_as)
def test_a_piece_arrives_with_its_wiring(
    answers: dict[str, bool],
    project_of: tuple[str, str],
    project: Project,
    published: Path,
    sound: Callable[..., None],
    tmp_path: Path,
) -> None:
    ours = project(*project_of)

    updated(ours, WORK_TREE, **answers)

    assert answers_of(ours).items() >= answers.items()
    factory = (ours / "app/__init__.py").read_text()
    declared = tomllib.loads((ours / "pyproject.toml").read_text())["project"]
    packages = {line.split(">=")[0] for line in declared["dependencies"]}
    assert ("auth_bp" in factory) is ("flask-login" in packages) is ("auth" in answers)
    assert ("api_bp" in factory) is ("pydantic" in packages) is ("api" in answers)
    sound(ours, as_it_is=True)
    check_untouched(ours, published, WORK_TREE, tmp_path / "fresh")


@pytest.mark.parametrize("release", part(BEFORE, 1))
def test_a_piece_arrives_in_a_project_that_was_worked_on(
    release: str, project: Project, sound: Callable[..., None]
) -> None:
    ours = project(release, "website")
    expected = applied(ours, SCENARIOS["everything"])

    updated(ours, WORK_TREE, auth=True, api=True)

    check(ours, WORK_TREE, expected)
    sound(ours, as_it_is=False)


@pytest.mark.parametrize("server", ["gunicorn-gevent", "granian"])
def test_another_server_arrives_in_a_project_that_exists(
    server: str, project: Project, published: Path, tmp_path: Path
) -> None:
    ours = project(BEFORE[0], "website")
    consent = {"remove": "server"} if server == "granian" else {}

    updated(ours, WORK_TREE, server=server, **consent)

    assert (ours / "gunicorn.conf.py").exists() is (server != "granian")
    check_untouched(ours, published, WORK_TREE, tmp_path / "fresh")


@pytest.mark.parametrize("database", ["postgresql", "mysql"])
def test_containers_and_another_database_arrive_and_leave(
    database: str, project: Project, published: Path, tmp_path: Path
) -> None:
    ours = project(BEFORE[0], "website")
    workflow = ours / f".github/workflows/{database}.yml"

    updated(ours, WORK_TREE, docker=True, database=database)
    check_untouched(ours, published, WORK_TREE, tmp_path / "fresh")
    assert workflow.exists()
    assert f"DATABASE_URL: {database}://" in (ours / "compose.yaml").read_text()

    commit_all(ours, "in containers")
    for piece, value in (("docker", False), ("database", "sqlite")):
        with pytest.raises(copier.errors.UserMessageError, match=f"remove={piece}"):
            updated(ours, WORK_TREE, **{piece: value})
        updated(ours, WORK_TREE, **{piece: value, "remove": piece})
        commit_all(ours, f"without {piece}")
    check_untouched(ours, published, WORK_TREE, tmp_path / "again")
    assert not (ours / "Dockerfile").exists()
    assert not workflow.exists()


@pytest.mark.parametrize("preset", part(PRESETS, 1))
def test_its_tables_come_by_migration_and_its_tests_pass(
    preset: str, project: Project, environment: Path
) -> None:
    ours = project(BEFORE[0], preset)
    applied(ours, SCENARIOS["a model"])
    flask(ours, environment, "db", "upgrade")
    insert(ours, "INSERT INTO tickets (id, text) VALUES (1, 'Where is it?')")
    commit_all(ours, "in use")

    updated(ours, WORK_TREE, auth=True, api=True)
    brought_up_to_date(ours, environment)

    assert {"users", "user_sessions"} <= tables(ours, "app.db")
    assert rows(ours, "tickets") == [(1, "Where is it?")]
    assert has_one_head(ours, environment)
    whole = preset == "website" and options.chosen.everything
    passes_its_tests(ours, environment, *([] if whole else ALREADY_RUN))


@pytest.fixture
def in_use(project: Project, environment: Path) -> Path:
    """A project with one account, and a page of the owner."""
    ours = project(BEFORE[0], "website")
    updated(ours, WORK_TREE, auth=True, api=True)
    brought_up_to_date(ours, environment)
    insert(
        ours,
        "INSERT INTO users (email, password_hash, is_active, is_admin, created_at) "
        "VALUES ('ada@example.com', 'x', 1, 0, '2026-01-01 00:00:00.000000')",
    )
    insert(
        ours,
        "INSERT INTO api_tokens (user_id, name, token_hash, hint, scopes, created_at) "
        "VALUES (1, 'A program', 'x', 'abcd', 'read', '2026-01-01 00:00:00.000000')",
    )
    (ours / "app/auth/mine.py").write_text('"""My own."""\n')
    commit_all(ours, "in use")
    return ours


@pytest.mark.parametrize(
    ("answers", "folder"),
    [
        ({"auth": False}, "app/auth"),
        ({"api": False}, "app/api"),
        ({"auth": False, "remove": "api"}, "app/auth"),
    ],
)
def test_switching_off_is_refused_until_consented(
    answers: dict[str, object], folder: str, in_use: Path
) -> None:
    before = files(in_use)
    # Those of the template: mine.py stays.
    lost = [name for name in before if re.match(rf"{folder}/(?!mine)[^/]+$", name)]
    named = rf", {len(lost)} in {folder}, .* remove={Path(folder).name}\."

    with pytest.raises(copier.errors.UserMessageError, match=named):
        updated(in_use, WORK_TREE, **answers)

    assert files(in_use) == before
    assert git(in_use, "status", "--porcelain") == ""


def test_switching_off_keeps_what_is_the_users(
    in_use: Path, environment: Path, sound: Callable[..., None]
) -> None:
    updated(in_use, WORK_TREE, auth=False, remove="auth")
    brought_up_to_date(in_use, environment)

    assert (in_use / "app/auth/mine.py").exists()
    assert not (in_use / "app/auth/routes.py").exists()
    assert not list((in_use / "app/accounts").glob("*.*"))
    assert "greeting" in (in_use / "app/api/routes.py").read_text()
    with sqlite3.connect(in_use / "instance/app.db") as connection:
        assert connection.execute("SELECT email FROM users").fetchall()
        assert connection.execute("SELECT name FROM api_tokens").fetchall()
    connection.close()
    sound(in_use, as_it_is=False)
    passes_its_tests(in_use, environment, *ALREADY_RUN)


def test_one_piece_after_the_other_is_switched_off(
    in_use: Path, environment: Path, published: Path, tmp_path: Path
) -> None:
    (in_use / "app/auth/mine.py").unlink()
    commit_all(in_use, "not needed")

    for piece in ("api", "auth"):
        updated(in_use, WORK_TREE, **{piece: False, "remove": piece})
        commit_all(in_use, f"without {piece}")
    brought_up_to_date(in_use, environment)
    kept = {"api_tokens", "idempotency_keys", "user_sessions"}
    assert kept <= tables(in_use, "app.db")
    git(in_use, "clean", "--quiet", "-d", "-x", "--force")
    # Imports that lines of the owner may use are left to `just fix`.
    ruff = (str(environment), "-m", "ruff")
    run(in_use, *ruff, "check", "--no-cache", "--fix-only", "--quiet", ".")
    run(in_use, *ruff, "format", "--no-cache", "--quiet", ".")
    # What ruff removes leaves a blank line.
    models = in_use / "app/models.py"
    models.write_text(models.read_text().replace("\n\n\n# isort", "\n\n# isort"))

    check_untouched(in_use, published, WORK_TREE, tmp_path / "fresh")
