"""Rows move from SQLite to PostgreSQL, and back, by docs/moving-to-postgresql.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.options import chosen
from tests.support.pages import page_commands
from tests.support.pages import page_text
from tests.support.pages import run_block
from tests.support.rendering import attempt
from tests.support.rendering import commit_all
from tests.support.rendering import said
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.database_servers import postgresql
from tests.support.running.page_steps import follow
from tests.support.running.projects import until
from tests.support.running.projects import uv
from tests.support.sampling import at_night
from tests.update.in_use import InUse
from tests.update.projects_to_update import answers_of
from tests.update.projects_to_update import committed
from tests.update.projects_to_update import rendered
from tests.update.published import WORK_TREE
from tests.update.scenarios import append
from tests.update.scenarios import below

PARCELS = 300
IMPORTS = "import decimal\nimport enum\nimport uuid\nfrom datetime import date\n"
MODELS = '''

class Kind(enum.Enum):
    """What a parcel is."""

    LETTER = "letter"
    BOX = "box"


class Parcel(Base):
    """A column of each type."""

    __tablename__ = "parcels"

    id: Mapped[int] = mapped_column(primary_key=True)
    part_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("parcels.id"))
    sender_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("users.id", ondelete="SET NULL")
    )
    kind: Mapped[Kind]
    text: Mapped[str | None] = mapped_column(sa.Text)
    is_paid: Mapped[bool]
    is_late: Mapped[bool | None]
    price: Mapped[decimal.Decimal] = mapped_column(sa.Numeric(12, 2))
    weight: Mapped[float | None]
    sent_at: Mapped[datetime | None]
    local_time: Mapped[datetime | None] = mapped_column(sa.DateTime())
    due: Mapped[date | None]
    label: Mapped[uuid.UUID]
    picture: Mapped[bytes | None]
    notes: Mapped[dict[str, object] | list[object] | None] = mapped_column(sa.JSON)


class Stamp(Base):
    """A key that is no number, in a table whose name SQL uses for something else."""

    __tablename__ = "order"

    code: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    parcel_id: Mapped[int] = mapped_column(sa.ForeignKey("parcels.id"))
'''
# Parcels refer to later ones, and JSON has NULL, null and everything else.
FILL = """
import datetime as dt, decimal, random, sys, uuid
import sqlalchemy as sa
from run import app
from app.accounts import api_tokens, users
from app.extensions import db
from app.core.database import Base
from app.models import AccountToken, Kind, Parcel, Stamp, UserSession

some, count, now = random.Random(1), int(sys.argv[1]), dt.datetime.now(dt.UTC)
with app.app_context():
    for n in range(3):
        user = users.create(f"Person{n}@Example.com", "correct horse battery staple")
        api_tokens.create(user.id, "A program", api_tokens.READ_WRITE, None)
    db.session.add(UserSession(user_id=1, token_hash="a" * 64, created_at=now,
        seen_at=now, expires_at=now, browser="B", remembered=True))
    db.session.add(AccountToken(user_id=None, purpose="invite", token_hash="b" * 64,
        email="new@example.com", state="", created_at=now, expires_at=now))
    for n in range(count, 0, -1):
        db.session.add(Parcel(
            id=n * 2, sender_id=n % 3 + 1 if n % 4 else None, kind=[*Kind][n % 2],
            text=[None, "", "\\u00dcn\\U0001f600\\n'\\"\\\\", "%"][n % 4],
            is_paid=bool(n % 2), is_late=[None, True, False][n % 3],
            price=decimal.Decimal(some.randrange(10**9)) / 100,
            weight=[None, 0.1, 1e-7, 3.0][n % 4],
            sent_at=dt.datetime(2026, 3, 29, 1, 30, 0, n, dt.UTC) if n % 5 else None,
            local_time=dt.datetime(2026, 1, 1, 12, 0, 0, 5) if n % 2 else None,
            due=dt.date(2024, 2, 29) if n % 2 else None,
            label=uuid.UUID(int=some.getrandbits(128)),
            picture=bytes(range(256)) if n % 7 == 0 else None,
            notes=[None, {"a": [1, 2.5, None, True], "\\u00fc": {}}, [], "no"][n % 4]))
    db.session.flush()
    for parcel in db.session.scalars(sa.select(Parcel)):
        parcel.part_of_id = parcel.id + 2 if parcel.id < 2 * count else None
    db.session.add(Stamp(code="A", parcel_id=2))
    db.session.execute(Base.metadata.tables["idempotency_keys"].insert(),
        {"key_hash": "c" * 64, "body_hash": "d" * 64, "created_at": now})
    db.session.execute(sa.text("UPDATE parcels SET notes = NULL WHERE id % 16 = 0"))
    db.session.commit()
"""
# What the models see, and what SQL does: JSON null is not NULL.
SEEN = """
import json
import sqlalchemy as sa
from run import app
from app.core.database import Base
from app.extensions import db

with app.app_context(), db.engine.connect() as connection:
    found = {}
    for table in Base.metadata.sorted_tables:
        nulls = [column.is_(sa.null()) for column in table.columns]
        rows = connection.execute(sa.select(*table.columns)).all()
        kinds = connection.execute(sa.select(*nulls)).all()
        keys = [[repr(cell) for cell in row] for row in rows]
        bare = [[bool(cell) for cell in row] for row in kinds]
        found[table.name] = [sorted(keys), sorted(bare)]
print(json.dumps(found))
"""
ADD = """
from run import app
from app.accounts import users
from app.extensions import db
from app.models import Kind, Parcel
import uuid

with app.app_context():
    print(users.create("late@example.com", "correct horse battery staple").id)
    parcel = Parcel(kind=Kind.BOX, is_paid=True, price=1, label=uuid.uuid4())
    db.session.add(parcel)
    db.session.commit()
    print(parcel.id)
"""
# Faults of the script, each of which its own comparison finds.
EACH = "for row in rows(source, table):"
FAULTS = {
    "a row is left out": (EACH, "for row in [*rows(source, table)][1:]:"),
    "a value is changed": (EACH, f"{EACH}\n        if 'text' in row: row['text'] = ''"),
}  # fmt: skip


@pytest.fixture(scope="module")
def database() -> Iterator[DatabaseServer]:
    with postgresql() as running:
        until(lambda: answers(running))
        # The rows must not follow the time zone of the server.
        running.sql("ALTER SYSTEM SET timezone = 'America/New_York'")
        running.sql("SELECT pg_reload_conf()")
        yield running


def answers(server: DatabaseServer) -> bool:
    """Return whether a server that listens has started up."""
    try:
        return server.sql("SELECT 1") == "1\n"
    except AssertionError:
        return False


@pytest.fixture
def in_use(published: Path, tmp_path: Path) -> Path:
    """A project on SQLite with rows in all of its tables."""
    ours = rendered(published, WORK_TREE, tmp_path / "project", preset="api")
    committed(ours)
    (ours / "uv.lock").unlink()
    below(ours, "app/models.py", "# Add your imports", IMPORTS)
    append(ours, "app/models.py", MODELS)
    uv(ours, "sync", "--quiet")
    project = on(ours, "sqlite:///app.db")
    project.flask("db", "upgrade")
    project.migrate("own")
    project.script(FILL, str(PARCELS))
    uv(ours, "run", "just", "fix")
    commit_all(ours, "in use")
    return ours


def on(project: Path, address: str) -> InUse:
    """Return the project with a database."""
    settings = {"APP_CONFIG": "development", "DATABASE_URL": address}
    return InUse(project, project / ".venv/bin/python", **settings)


def seen(project: Path, address: str) -> dict[str, list[list[list[object]]]]:
    """Return all rows of all tables by their models."""
    found: dict[str, list[list[list[object]]]] = json.loads(
        on(project, address).script(SEEN)
    )
    return found


@at_night("a guide that takes more than a minute")
def test_every_row_moves_and_comes_back(
    in_use: Path, database: DatabaseServer, tmp_path: Path
) -> None:
    old = f"sqlite:///{in_use}/instance/app.db"
    addresses = {
        "APP_CONFIG": "development",
        "OLD": old,
        "NEW": database.database("moved"),
        "BACK": f"sqlite:///{tmp_path}/back.db",
    }
    before = seen(in_use, old)
    assert [name for name, (rows, _) in before.items() if not rows] == []
    assert len(before["parcels"][0]) == PARCELS

    (switch,) = page_commands("docs/moving-to-postgresql.md", "The project")
    run_block(in_use, switch)
    assert answers_of(in_use)["database"] == "postgresql"
    page = (
        page_text("docs/moving-to-postgresql.md")
        .partition("\n## The script\n")[2]
        .partition("\n## ")[0]
    )
    assert follow(in_use, page) == ["move_rows.py"]
    uv(in_use, "run", "just", "lint")
    uv(in_use, "run", "mypy", "--strict", "move_rows.py")
    (move,) = page_commands("docs/moving-to-postgresql.md", "Try it")
    printed = run_block(in_use, move, **addresses)

    assert f"parcels: {PARCELS} rows, " in printed
    assert seen(in_use, addresses["NEW"]) == before
    assert seen(in_use, old) == before
    # The next rows have the next numbers.
    number, parcel = map(int, on(in_use, addresses["NEW"]).script(ADD).split())
    assert (number, parcel) == (4, 2 * PARCELS + 1)
    again = attempt(in_use, "bash", "-c", move, **addresses)
    assert "users has rows already: begin with an empty database." in said(again)

    grown = seen(in_use, addresses["NEW"])
    (back,) = page_commands("docs/moving-to-postgresql.md", "Go back")
    run_block(in_use, back, **addresses)
    assert seen(in_use, addresses["BACK"]) == grown
    if chosen.everything:
        is_all_or_nothing(in_use, database, addresses)


def is_all_or_nothing(
    project: Path, database: DatabaseServer, addresses: dict[str, str]
) -> None:
    """After each failure the new database has no row, and a line says why."""
    script = project / "move_rows.py"
    whole = script.read_text()
    (move,) = page_commands("docs/moving-to-postgresql.md", "Try it")

    def refused(expected: str) -> None:
        empty = {**addresses, "NEW": database.database("refused")}
        done = attempt(project, "bash", "-euc", move, **empty)
        assert done.returncode
        assert expected in said(done)
        assert not any(rows for rows, _ in seen(project, empty["NEW"]).values())

    for fault, (old, new) in FAULTS.items():
        assert old in whole, fault
        script.write_text(whole.replace(old, new))
        refused(" differs: (")
    script.write_text(whole)
    on(project, addresses["OLD"]).sql(
        "UPDATE \"order\" SET code = 'long' || hex(zeroblob(20))"
    )
    refused("StringDataRightTruncation")
    on(project, addresses["OLD"]).sql(
        "UPDATE \"order\" SET code = 'A'", "CREATE TABLE old (id int)"
    )
    refused("old has no model: write one, or add the name to LEFT_OUT.")
