"""Rows in a database: kept by an update and by the migrations that follow it.

Where a release has an API, so are the owner's routes, which then take a token.
Before 0.7.0 a migration on SQLite could delete rows of other tables.
--all starts from all releases, on each server. A push starts once on each database.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from tests.support.rendering import commit_all
from tests.support.rendering import ROOT
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.database_servers import SERVERS
from tests.update import projects_to_update
from tests.update.in_use import InUse
from tests.update.projects_to_update import unmerged
from tests.update.projects_to_update import updated
from tests.update.published import WORK_TREE
from tests.update.scenarios import append
from tests.update.scenarios import below
from tests.update.scenarios import new
from tests.update.starts import COMMITS
from tests.update.starts import EVERYTHING
from tests.update.starts import NEWEST
from tests.update.starts import RELEASES

FIRST_WITH_ACCOUNTS, FIRST_WITH_SERVERS = "v0.3.0", "v0.4.0"
WITH_SERVERS = [FIRST_WITH_SERVERS, NEWEST]
STARTS = RELEASES if EVERYTHING else [FIRST_WITH_ACCOUNTS]
ON_SERVERS = list(
    product(WITH_SERVERS, SERVERS)
    if EVERYTHING
    else zip(WITH_SERVERS, SERVERS, strict=True)
)

MODELS = '''

class Author(Base):
    """One that others refer to."""

    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50))
    above_id: Mapped[int | None] = mapped_column(sa.ForeignKey("authors.id"))


class Book(Base):
    """One that refers in each way."""

    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    a_id: Mapped[int] = mapped_column(sa.ForeignKey("authors.id", ondelete="CASCADE"))
    b_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("authors.id", ondelete="SET NULL")
    )
    c_id: Mapped[int] = mapped_column(sa.ForeignKey("authors.id"))
'''
IMPORTS = (
    "import sqlalchemy as sa\nfrom sqlalchemy.orm import Mapped\n"
    "from sqlalchemy.orm import mapped_column\n\n"
    "from app.core.database import Base\n"
)
ROWS: dict[str, list[list[object]]] = {
    "authors": [[1, "Ada", None], [2, "Grace", 1]],
    "books": [[1, 1, 2, 1], [2, 2, 1, 2]],
    "users": [[1, "ada@example.com", "none"], [2, "grace@example.com", "none"]],
    "user_sessions": [[1, 1, "a" * 64], [2, 2, "b" * 64]],
}
# The owner's routes, in the file of the template and in another one.
ROUTE = '''

@bp.post("/ships")
def make_ship() -> Response:
    """What was sent, checked."""
    return jsonify(schemas.Ship.from_body().model_dump())
'''
SCHEMA = '''

class Ship(Schema):
    """What a request has to say of a ship."""

    name: str
'''
MODULE = '''"""Harbours."""

from __future__ import annotations

from flask import jsonify
from flask import Response

from app.api import bp


@bp.get("/harbours")
def list_harbours() -> Response:
    """The harbours."""
    return jsonify(["Oslo"])
'''
# Asks the owner's routes with the token of an account, which it makes and deletes.
ASK = """
import sqlalchemy as sa
from run import app
from app.accounts import api_tokens, users
from app.extensions import db
from app.models import User

browser = app.test_client()
with app.app_context():
    if db.engine.dialect.name == "postgresql":  # which has not counted rows with ids
        counter = sa.func.pg_get_serial_sequence("users", "id")
        last = sa.select(sa.func.max(User.id)).scalar_subquery()
        db.session.execute(sa.select(sa.func.setval(counter, last)))
        db.session.commit()
    number = users.create("program@example.com", "correct horse battery staple").id
    token = api_tokens.create(number, "A program", api_tokens.READ_WRITE, None)
headers = {"Authorization": f"Bearer {token}"}
for answer in (
    browser.post("/api/v1/ships", json={"name": "Ada"}, headers=headers),
    browser.post("/api/v1/ships", json={}, headers=headers),
    browser.get("/api/v1/harbours", headers=headers),
    browser.get("/api/v1/harbours"),
):
    print(answer.status_code, answer.json if answer.status_code == 200 else "-")
with app.app_context():
    db.session.execute(sa.delete(User).where(User.id == number))
    db.session.commit()
"""
ANSWERS = """\
200 {'name': 'Ada'}
422 -
200 ['Oslo']
401 -
"""
COLUMNS = {
    "authors": "id, name, above_id",
    "books": "id, a_id, b_id, c_id",
    "users": "id, email, password_hash",
    "user_sessions": "id, user_id, token_hash",
}
MOMENT = "'2026-01-01 00:00:00'"
# What the accounts' tables need beside the columns above.
MORE = {
    "users": (
        ", is_active, is_admin, created_at",
        f", true, false, {MOMENT}",
    ),
    "user_sessions": (
        ", created_at, seen_at, expires_at, browser, remembered",
        f", {MOMENT}, {MOMENT}, {MOMENT}, '', false",
    ),
}


class Project(InUse):
    """A project with the tables above, and the accounts' where it has accounts."""

    def __init__(self, folder: Path, python: Path, **environment: str) -> None:
        super().__init__(folder, python, **environment)
        self.tables = ["authors", "books"]
        if "UserSession" in (folder / "app/models.py").read_text():
            self.tables += ["users", "user_sessions"]
        self.has_api = (folder / "app/api").exists()

    def add_routes(self) -> None:
        """Add what the API of an owner has."""
        append(self.folder, "app/api/schemas.py", SCHEMA)
        routes = "from app.api import schemas\n"
        below(self.folder, "app/api/routes.py", "from app.api import bp", routes)
        append(self.folder, "app/api/routes.py", ROUTE)
        new(self.folder, "app/api/harbours.py", MODULE)
        imported = "from app.api import harbours  # noqa: E402, F401\n"
        append(self.folder, "app/api/__init__.py", imported)

    def fill(self) -> None:
        inserts = []
        for table in self.tables:
            columns, values = MORE.get(table, ("", ""))
            for row in ROWS[table]:
                own = ", ".join("NULL" if v is None else repr(v) for v in row)
                inserts.append(
                    f"INSERT INTO {table} ({COLUMNS[table]}{columns})"  # noqa: S608
                    f" VALUES ({own}{values})"
                )
        self.sql(*inserts)

    def rows(self) -> dict[str, list[list[object]]]:
        selects = [
            f"SELECT {COLUMNS[table]} FROM {table} ORDER BY id"  # noqa: S608
            for table in self.tables
        ]
        return dict(zip(self.tables, self.sql(*selects), strict=True))

    def widen(self) -> None:
        """Change a column of each table that others refer to."""
        models = self.folder / "app/models.py"
        text = models.read_text()
        assert "sa.String(50)" in text
        text = text.replace("sa.String(50)", "sa.String(60)")
        models.write_text(text.replace("sa.String(255)", "sa.String(300)"))


def kept(project: Project) -> None:
    """Fill the tables, update, migrate up and down: the rows are those of before."""
    below(project.folder, "app/models.py", "# Add your imports", IMPORTS)
    append(project.folder, "app/models.py", MODELS)
    if project.has_api:
        project.add_routes()
    project.flask("db", "upgrade")
    project.migrate("own")
    project.fill()
    before = project.rows()
    assert before == {table: ROWS[table] for table in project.tables}
    commit_all(project.folder, "in use")

    updated(project.folder, WORK_TREE)
    assert unmerged(project.folder) == set()

    project.bring_up_to_date()
    assert project.rows() == before
    if project.has_api:
        assert project.script(ASK) == ANSWERS
        assert project.sql("SELECT count(*) FROM idempotency_keys") == [[[0]]]
    project.widen()
    project.migrate("longer")
    assert project.rows() == before
    project.flask("db", "downgrade")
    assert project.rows() == before
    assert "longer" in project.flask("db", "history", "--rev-range=:head")


def largest(release: str) -> str:
    """Return the preset of a release that has the most tables."""
    known = projects_to_update.presets(ROOT, COMMITS[release])
    return "api" if "api" in known else "website"


@pytest.mark.parametrize("release", STARTS)
def test_a_project_on_sqlite_keeps_every_row(
    release: str, project: Callable[[str, str], Path], environment: Path
) -> None:
    ours = project(release, largest(release))

    kept(Project(ours, environment, APP_CONFIG="development"))


@pytest.mark.parametrize(("release", "server"), ON_SERVERS, indirect=["server"])
def test_a_project_on_a_server_keeps_every_row(
    release: str,
    server: DatabaseServer,
    with_driver: Path,
    published: Path,
    tmp_path: Path,
) -> None:
    answers = {"preset": largest(release), "database": server.name}
    folder = projects_to_update.rendered(
        published, release, tmp_path / "project", **answers
    )
    projects_to_update.committed(folder)
    settings = {
        "APP_CONFIG": "development",
        "DATABASE_URL": server.database("kept_rows"),
    }

    kept(Project(folder, with_driver, **settings))
