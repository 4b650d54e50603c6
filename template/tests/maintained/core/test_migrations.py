"""Migrations on SQLite keep every row; `flask db` prints what it does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import event
from sqlalchemy import exc

from app.core import migrating
from app.core.database import Base
from app.core.migrations import Migrate
from app.extensions import db
from app.extensions import migrate
from tests.maintained.revisions import PARENTS
from tests.maintained.revisions import Project
from tests.support.applications import MakeApp

REFERENCES: dict[str, dict[str, Any]] = {
    "cascade": {"ondelete": "CASCADE"},
    "set null": {"ondelete": "SET NULL"},
    "set default": {"ondelete": "SET DEFAULT"},
    "restrict": {"ondelete": "RESTRICT"},
    "no action": {},
    "deferred": {"deferrable": True, "initially": "DEFERRED", "ondelete": "CASCADE"},
}


def tables(length: int, **reference: Any) -> sa.MetaData:
    """Return tables with each kind of reference to `parents`."""
    metadata = sa.MetaData(naming_convention=Base.metadata.naming_convention)
    sa.Table(
        "parents",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(length), nullable=False),
        sa.Column("above", sa.ForeignKey("parents.id", **reference)),
        sa.UniqueConstraint("id", "code"),
    )
    sa.Table(
        "children",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "parent", sa.ForeignKey("parents.id", **reference), server_default="1"
        ),
    )
    sa.Table(
        "composites",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent", sa.Integer),
        sa.Column("code", sa.String(9)),
        sa.ForeignKeyConstraint(
            ["parent", "code"], ["parents.id", "parents.code"], **reference
        ),
    )
    sa.Table(
        "pairs",
        metadata,
        sa.Column("one", sa.ForeignKey("parents.id", **reference), primary_key=True),
        sa.Column("other", sa.ForeignKey("parents.id", **reference), primary_key=True),
    )
    return metadata


ROWS: dict[str, list[tuple[object, ...]]] = {
    "parents": [(1, "a", None), (2, "b", 1), (3, "c", 2)],
    "children": [(1, 2), (2, 3), (3, None)],
    "composites": [(1, 2, "b"), (2, 3, "c")],
    "pairs": [(1, 2), (2, 3), (3, 3)],
}


@pytest.fixture
def project(make_app: MakeApp, tmp_path: Path) -> Iterator[Project]:
    file = tmp_path / "rows_test.db"
    app = make_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{file}")
    yield Project(app, tmp_path / "revisions", file)
    with app.app_context():
        db.engine.dispose()


def all_rows(project: Project) -> dict[str, list[tuple[object, ...]]]:
    return {name: project.rows(f"SELECT * FROM {name}") for name in ROWS}  # noqa: S608  # our own names


def fill(project: Project, metadata: sa.MetaData) -> None:
    with project.app.app_context(), db.engine.begin() as connection:
        for name, rows in ROWS.items():
            for row in rows:
                connection.execute(metadata.tables[name].insert().values(row))


@pytest.mark.parametrize("kind", REFERENCES)
def test_a_generated_change_of_a_table_keeps_the_rows_that_refer_to_it(
    kind: str, project: Project
) -> None:
    before = tables(20, **REFERENCES[kind])
    project.autogenerate(before, "1")
    project.upgrade()
    fill(project, before)
    project.autogenerate(tables(30, **REFERENCES[kind]), "2")

    project.upgrade()
    up = all_rows(project)
    project.downgrade("1")

    assert up == ROWS
    assert all_rows(project) == ROWS
    # The table was copied and renamed: references still point to it.
    assert project.rows("PRAGMA foreign_key_check") == []


BY_HAND = {
    "batch": """
        with op.batch_alter_table("parents", recreate="always") as batch:
            batch.alter_column("code", nullable=True)
    """,
    "by statements": """
        op.execute("CREATE TABLE copy (id INTEGER PRIMARY KEY, code TEXT, above INT)")
        op.execute("INSERT INTO copy SELECT * FROM parents")
        op.drop_table("parents")
        op.rename_table("copy", "parents")
        op.create_index("parents_id_code", "parents", ["id", "code"], unique=True)
    """,
}


@pytest.mark.parametrize("change", BY_HAND)
@pytest.mark.parametrize("kind", REFERENCES)
def test_a_handwritten_change_of_a_table_keeps_the_rows_that_refer_to_it(
    kind: str, change: str, project: Project
) -> None:
    before = tables(20, **REFERENCES[kind])
    project.autogenerate(before, "1")
    project.upgrade()
    fill(project, before)
    project.write("2", BY_HAND[change], BY_HAND[change])

    project.upgrade()
    up = all_rows(project)
    project.downgrade("1")

    assert (up, all_rows(project)) == (ROWS, ROWS)


@pytest.fixture
def family(project: Project) -> Project:
    """A project with a row in `parents` and a row in `children`."""
    project.write("1", PARENTS)
    project.upgrade()
    project.execute(
        "INSERT INTO parents VALUES (1)", "INSERT INTO children VALUES (7, 1)"
    )
    return project


@pytest.mark.parametrize(
    "change",
    ['op.execute("DELETE FROM parents")', 'op.drop_table("parents")'],
    ids=["rows deleted", "table dropped"],
)
def test_references_to_missing_rows_undo_the_migration(
    change: str, family: Project
) -> None:
    family.write("2", 'op.execute("CREATE TABLE more (id INTEGER)")')
    family.write("3", change)

    with pytest.raises(CommandError, match=r"1 in children to parents \(rowid 7\)"):
        family.upgrade()

    assert family.rows("SELECT * FROM parents") == [(1,)]
    assert family.rows("SELECT version_num FROM alembic_version") == [("1",)]
    assert family.rows("SELECT name FROM sqlite_master WHERE name = 'more'") == []


def test_old_references_to_missing_rows_are_named_and_block_no_migration(
    family: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    # Releases before 0.7.0 could leave such rows, and so can tools without the pragma.
    with closing(sqlite3.connect(family.file)) as other, other:
        other.execute("DELETE FROM parents")
    family.write("2", 'op.add_column("parents", sa.Column("code", sa.Text))')

    family.upgrade()

    assert family.rows("SELECT version_num FROM alembic_version") == [("2",)]
    assert "1 in children to parents (rowid 7)" in capsys.readouterr().err


def test_objects_that_a_copy_of_a_table_loses_are_named(
    family: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    family.execute(
        "CREATE TABLE more (id INTEGER)",
        "CREATE TRIGGER on_more AFTER INSERT ON more BEGIN DELETE FROM children; END",
        "CREATE INDEX by_size ON more (abs(id))",
        "CREATE INDEX by_id ON more (id)",
    )
    family.write("2", COPY.replace("parents", "more"))
    with pytest.warns(exc.SAWarning, match="by_size"):
        family.upgrade()

    gone = "dropped index by_size, trigger on_more."
    assert gone in capsys.readouterr().err


def test_a_migration_that_fails_leaves_nothing_half_done(family: Project) -> None:
    family.write(
        "2",
        """
        op.create_table("more", sa.Column("id", sa.Integer))
        op.execute("DELETE FROM children")
        op.execute("nonsense")
        """,
    )

    with pytest.raises(exc.OperationalError, match="syntax error"):
        family.upgrade()

    assert family.rows("SELECT * FROM children") == [(7, 1)]
    assert family.rows("SELECT name FROM sqlite_master WHERE name = 'more'") == []


COPY = """
with op.batch_alter_table("parents", recreate="always") as batch:
    batch.add_column(sa.Column("code", sa.Text))
"""
COMMITS = {
    "by the connection": "op.get_bind().commit()",
    "by a statement": 'op.execute("COMMIT")',
    "by an autocommit_block": (
        "with op.get_context().autocommit_block():\n    op.execute('VACUUM')"
    ),
}


@pytest.mark.parametrize("commit", COMMITS.values(), ids=COMMITS)
def test_a_revision_that_commits_runs_and_keeps_rows(
    commit: str, family: Project
) -> None:
    more = 'op.execute("CREATE TABLE more (id INTEGER)")'
    family.write("2", f'{commit}\nop.execute("PRAGMA foreign_keys = ON")\n{more}')
    family.write("3", f"{COPY}\n{commit}")

    family.upgrade()

    assert family.rows("SELECT version_num FROM alembic_version") == [("3",)]
    assert family.rows("SELECT * FROM children") == [(7, 1)]
    assert family.rows("SELECT * FROM more") == []


@pytest.mark.parametrize("statement", ["SELECT 1", "nonsense"], ids=["done", "failed"])
@pytest.mark.parametrize("database", ["a file", "in memory"])
def test_foreign_keys_are_enforced_again_after_a_migration(
    statement: str, database: str, project: Project, make_app: MakeApp
) -> None:
    if database == "in memory":
        project.app = make_app()
    project.write("1", PARENTS)
    project.upgrade()
    project.write("2", f'op.execute("{statement}")')
    try:
        project.upgrade()
    except exc.OperationalError:
        assert statement == "nonsense"

    with pytest.raises(exc.IntegrityError):
        project.execute("INSERT INTO children VALUES (1, 99)")


def test_a_migration_waits_for_another_until_a_timeout(
    family: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    family.write("2", "pass")
    monkeypatch.setattr(migrating, "MAX_WAIT", 0)
    monkeypatch.setattr(migrating, "BETWEEN_ATTEMPTS", 0)

    with family.app.app_context():
        event.listen(db.engine, "connect", wait_for_nothing)
        db.engine.dispose()
    with closing(sqlite3.connect(family.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CommandError, match="locked by another migration"):
            family.upgrade()

    family.upgrade()


def wait_for_nothing(connection: sqlite3.Connection, record: object) -> None:
    connection.execute("PRAGMA busy_timeout = 0")


def invoke(project: Project, *arguments: str) -> str:
    runner = project.app.test_cli_runner()
    result = runner.invoke(args=["db", *arguments, "--directory", str(project.folder)])
    assert result.exit_code == 0, result.output
    return result.output


def test_upgrade_and_downgrade_name_each_revision(family: Project) -> None:
    family.write("2", "pass")
    family.write("3", "pass")

    up = invoke(family, "upgrade")
    down = invoke(family, "downgrade")

    assert up.splitlines()[1:] == [
        "Running upgrade 1 -> 2, 2",
        "Running upgrade 2 -> 3, 3",
    ]
    assert down.splitlines()[1:] == ["Running downgrade 3 -> 2, 3"]


def test_an_env_py_of_an_older_release_is_reported(family: Project) -> None:
    env = family.folder / "env.py"
    assert "Warning" not in invoke(family, "current")
    env.write_text(env.read_text().replace("migrating.run()", "pass"))

    assert f"Warning: {env} does not call run()" in invoke(family, "current")


def test_upgrade_says_that_there_is_nothing_to_do(family: Project) -> None:
    output = invoke(family, "upgrade")

    assert "Nothing to do: the database is at revision 1." in output


def test_migrate_names_each_change(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Base, "metadata", tables(20))

    output = invoke(project, "migrate", "-m", 'say """hi""" to \\N')

    for name in ROWS:
        assert f"Detected added table '{name}'" in output
    project.upgrade()


def test_migrate_writes_nothing_if_nothing_changed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Base, "metadata", tables(20))
    invoke(project, "migrate")
    project.upgrade()
    before = list(project.versions.glob("*.py"))

    output = invoke(project, "migrate")

    assert "No changes found" in output
    assert list(project.versions.glob("*.py")) == before
    invoke(project, "check")


def test_indexes_of_a_dropped_table_are_not_dropped_before_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = tables(20)
    metadata.tables["children"].append_column(
        sa.Column("other", sa.ForeignKey("parents.id"), index=True)
    )
    monkeypatch.setattr(Base, "metadata", metadata)
    invoke(project, "migrate")

    (revision,) = project.versions.glob("*.py")
    written = revision.read_text()
    assert "op.f('ix_children_other')" in written.replace('"', "'")
    assert "drop_index" not in written
    project.upgrade()
    invoke(project, "downgrade")
    assert project.rows("SELECT name FROM sqlite_master WHERE name = 'children'") == []


def test_an_empty_revision_can_be_written(project: Project) -> None:
    invoke(project, "revision", "-m", "by hand")

    assert len(list(project.versions.glob("*_by_hand.py"))) == 1


def test_a_project_folder_may_have_any_name(project: Project) -> None:
    project.folder = project.folder.rename(project.folder.parent / "100% dönë %(here)s")
    project.versions = project.folder / "versions"
    project.write("1", PARENTS)

    project.upgrade()

    assert project.rows("SELECT * FROM parents") == []


def test_alembic_options_can_be_passed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = project.folder / "env.py"
    given = "migrating.run(include_object=lambda item, *more: item.name != 'pairs')"
    env.write_text(env.read_text().replace("migrating.run()", given))
    monkeypatch.setattr(Base, "metadata", tables(20))

    output = invoke(project, "migrate")

    assert "'parents'" in output
    assert "'pairs'" not in output


def test_an_owner_may_change_the_configuration_of_alembic(app: Flask) -> None:
    extension = Migrate(app, db, directory=migrate.directory, compare_type=False)

    @extension.configure
    def change(config: Any) -> Any:
        config.set_main_option("timezone", "UTC")
        return config

    with app.app_context():
        config: Any = extension.get_config()

    assert config.get_main_option("timezone") == "UTC"
    assert app.extensions["migrate"].configure_args["compare_type"] is False
