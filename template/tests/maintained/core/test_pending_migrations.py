"""Pending migrations: readiness in production, a page in development."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.extensions import db
from app.extensions import migrate
from config import CONFIGS
from tests.maintained.revisions import PARENTS
from tests.maintained.revisions import Project
from tests.maintained.sample import create_app
from tests.maintained.statements import statements_of
from tests.support.applications import MakeApp

COMMAND = "uv run flask db upgrade"

# Development reads these variables; the tests must not depend on their values.
VARIABLES = {
    "DATABASE_PASSWORD",
    "DATABASE_URL",
    "PROXY_HOPS",
    "REDIS_URL",
    "SECRET_KEY_FALLBACKS",
    "TRUSTED_HOSTS",
    "WEB_THREADS",
}


@pytest.fixture
def project(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """A project with one revision, in an application behind a proxy."""
    app = make_app(PROXY_HOPS=1, PROXY_PREFIX=True, TRUSTED_HOSTS=["example.com"])
    own = Project(app, tmp_path / "revisions", tmp_path / "pending_test.db")
    monkeypatch.setattr(migrate, "directory", str(own.folder))
    own.write("1", PARENTS)
    return own


@pytest.mark.parametrize(
    "below",
    [
        {},
        {"environ_overrides": {"SCRIPT_NAME": "/shop"}},
        {"headers": {"X-Forwarded-Prefix": "/shop"}},
        {"headers": {"Host": "10.0.0.7"}},
    ],
    ids=["at the root", "SCRIPT_NAME", "X-Forwarded-Prefix", "any host"],
)
def test_ready_asks_for_migrations(below: dict[str, object], project: Project) -> None:
    client = project.app.test_client()

    before = client.get("/api/ready", **below)
    project.upgrade()
    after = client.get("/api/ready", **below)

    assert before.status_code == 503
    assert before.content_type == "application/problem+json"
    assert before.get_json()["checks"] == {"database": "migrations pending"}
    assert after.get_json() == {"status": "ok"}


def test_a_second_revision_makes_a_database_unready(project: Project) -> None:
    project.upgrade()
    project.write("2", "pass")

    assert project.app.test_client().get("/api/ready").status_code == 503


def test_a_database_ahead_of_the_code_is_ready(project: Project) -> None:
    project.upgrade()
    project.execute("UPDATE alembic_version SET version_num = 'of a later release'")

    assert project.app.test_client().get("/api/ready").status_code == 200


def status(project: Project, *applied: str) -> int:
    """Return the status of readiness with these rows in alembic_version."""
    insert = "INSERT INTO alembic_version VALUES ('{}')"
    project.execute("DELETE FROM alembic_version", *map(insert.format, applied))
    return project.app.test_client().get("/api/ready").status_code


def test_revisions_are_read_without_alembic(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.upgrade()
    project.write("2", "pass")
    monkeypatch.setattr("app.core.migrations.revisions_by_alembic", pytest.fail)

    assert (status(project, "1"), status(project, "2")) == (503, 200)


BRANCHES = {
    "a": ("1", None),
    "b": ("1", None),
    "merged": (("a", "b"), None),
    "other": (None, None),
    "last": ("merged", ("other",)),
}


def test_branches_are_pending_until_each_of_them_is_applied(project: Project) -> None:
    project.upgrade()
    for name, (follows, depends) in BRANCHES.items():
        text = f"revision: str = {name!r}\ndown_revision = {follows!r}\n"
        (project.versions / f"{name}.py").write_text(
            f"{text}depends_on = {depends!r}\n"
        )

    assert status(project) == 503
    assert status(project, "a", "b", "other") == 503
    assert status(project, "merged", "other") == 503
    assert status(project, "last") == 200
    assert status(project, "last", "other") == 200


@pytest.mark.parametrize(
    "written",
    [
        "revision = '2'.strip()\ndown_revision = '1'\n",
        "revision = '2'\ndown_revision = '1'\ndepends_on = 'first'\n",
    ],
    ids=["a computed name", "a label"],
)
def test_alembic_reads_what_is_not_written_as_names(
    project: Project, written: str
) -> None:
    project.upgrade()
    first = project.versions / "1.py"
    first.write_text(f"{first.read_text()}\nbranch_labels = ('first',)\n")
    (project.versions / "2.py").write_text(written)

    assert (status(project, "1"), status(project, "2")) == (503, 200)


def test_a_project_without_revisions_is_ready(project: Project) -> None:
    (project.versions / "1.py").unlink()

    assert project.app.test_client().get("/api/ready").status_code == 200


def test_a_project_without_a_folder_of_revisions_is_ready(project: Project) -> None:
    project.versions.rename(project.folder / "old")

    assert project.app.test_client().get("/api/ready").status_code == 200


def test_ready_costs_two_statements(project: Project) -> None:
    project.upgrade()
    client = project.app.test_client()
    client.get("/api/ready")

    with statements_of(project.app) as sent:
        client.get("/api/ready")

    assert len([text for text in sent if text.startswith("SELECT")]) == 2


@pytest.fixture
def developed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FlaskClient]:
    """Return a client in development; the database is one revision behind."""
    for name in list(os.environ):
        if name.startswith("FLASK_") or name in VARIABLES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("SECRET_KEY", "k" * 48)
    config = CONFIGS["development"]()
    config.SQLALCHEMY_DATABASE_URI = f"sqlite:///{project.file}"
    project.app = create_app(config)
    project.upgrade()
    project.write("2", "pass")
    yield project.app.test_client()

    with project.app.app_context():
        db.engine.dispose()


def test_development_names_the_command_until_the_database_is_migrated(
    developed: FlaskClient, project: Project
) -> None:
    before = [developed.get("/"), developed.get("/api/missing")]
    project.upgrade()
    after = developed.get("/")

    assert [each.status_code for each in before] == [503, 503]
    assert f"Run: {COMMAND}" in before[0].text
    assert COMMAND in before[1].get_json()["detail"]
    assert after.status_code == 200


def test_development_notices_a_revision_added_later(
    developed: FlaskClient, project: Project
) -> None:
    project.upgrade()
    before = developed.get("/")
    project.write("3", "pass")

    assert (before.status_code, developed.get("/").status_code) == (200, 503)


def test_health_and_ready_are_unchanged_in_development(developed: FlaskClient) -> None:
    assert developed.get("/api/health").status_code == 200
    assert developed.get("/api/ready").get_json()["checks"] == {
        "database": "migrations pending"
    }


def test_development_checks_the_database_once(
    developed: FlaskClient, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.upgrade()
    developed.get("/")
    monkeypatch.setattr("app.core.migrations.pending", pytest.fail)

    assert developed.get("/").status_code == 200


def test_the_first_request_in_development_creates_the_tables(
    developed: FlaskClient, project: Project
) -> None:
    with project.app.app_context():
        db.engine.dispose()
    project.file.unlink()

    assert developed.get("/").status_code == 200
    assert project.rows("SELECT * FROM parents") == []


def test_a_revision_in_development_is_compared_with_a_new_database(
    developed: FlaskClient, project: Project
) -> None:
    with project.app.app_context():
        db.engine.dispose()
    project.file.unlink()

    done = project.app.test_cli_runner().invoke(args=["db", "migrate", "-m", "first"])

    assert done.exit_code == 0, done.output
    assert project.rows("SELECT * FROM parents") == []
    assert list(project.versions.glob("*_first.py"))


def test_a_revision_is_refused_with_the_command_for_pending_migrations(
    developed: FlaskClient, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.execute("INSERT INTO parents (id) VALUES (1)")

    done = project.app.test_cli_runner().invoke(args=["db", "migrate"])

    assert done.exit_code == 1
    assert f"The database has pending migrations. Run: {COMMAND}" in caplog.text
    assert project.rows("SELECT * FROM parents") == [(1,)]
    assert not list(project.versions.glob("*_*.py"))


def test_a_revision_leaves_rows_alone(developed: FlaskClient, project: Project) -> None:
    project.upgrade()
    project.execute("INSERT INTO parents (id) VALUES (1)")

    done = project.app.test_cli_runner().invoke(args=["db", "migrate", "-m", "more"])

    assert done.exit_code == 0, done.output
    assert project.rows("SELECT * FROM parents") == [(1,)]


def test_a_revision_touches_no_database_that_only_the_command_names(
    developed: FlaskClient, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project.app.app_context():
        db.engine.dispose()
    project.file.unlink()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{project.file}")
    monkeypatch.setenv("APP_CONFIG_OUTSIDE", "")

    done = project.app.test_cli_runner().invoke(args=["db", "migrate"])

    assert "set APP_CONFIG beside DATABASE_URL" in done.output
    assert not project.file.exists()
