"""A list of the API on 100 000 rows: page 1000 costs what page 1 costs.

Both are asked for in turn, in one process. Of several rounds the best one counts,
because other work of the machine only adds. The same page by OFFSET, whose cost grows
with its number, shows that the measure would see a difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.running.database_servers import SERVERS
from tests.support.running.projects import DEVELOPMENT
from tests.support.running.projects import uv

MOST = 1.1
ROUNDS = 3
# By the key, by a column whose values differ, and by one with four rows of each value.
SORTS = ("id", "-id", "label", "made_at")

MEASURE = """
import json, statistics, sys, time
from datetime import UTC, datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from flask import Blueprint, jsonify
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app import create_app
from app.api.requests import ListQuery, Schema
from app.core.api_lists import Order
from app.core.api_resources import Resource
from app.core.database import UtcDateTime
from app.extensions import db

ROWS, SIZE, PAGE, PAIRS = 100_000, 100, 1000, 30


class Own(DeclarativeBase):
    pass


class Row(Own):
    __tablename__ = "rows_of_pages"
    __table_args__ = (
        sa.Index("rows_by_label", "label", "id"),
        sa.Index("rows_by_day", "made_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(sa.String(50))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RowIn(Schema):
    label: str


class RowOut(RowIn):
    id: int
    made_at: datetime


class RowQuery(ListQuery):
    sort: Literal["id", "-id", "label", "-label", "made_at", "-made_at"] = "id"


class Rows(Resource):
    model, query, returns, takes = Row, RowQuery, RowOut, RowIn


rows, bp = Rows(), Blueprint("pages", __name__)
rows.add_to(bp, "/rows")


@bp.get("/offset")
def by_offset():
    last = sa.select(Row).order_by(Row.made_at, Row.id).offset((PAGE - 1) * SIZE)
    return jsonify([rows.shape(row) for row in db.session.scalars(last.limit(SIZE))])


app = create_app()
app.register_blueprint(bp, url_prefix="/api/v9")
client, statements = app.test_client(), []


def fill():
    Own.metadata.create_all(db.engine)
    noon = datetime(2027, 1, 1, tzinfo=UTC)
    for start in range(0, ROWS, 5000):
        some = [
            {"label": f"{number * 7919 % ROWS:06}",
             "made_at": noon + timedelta(seconds=number // 4)}
            for number in range(start, start + 5000)
        ]
        db.session.execute(sa.insert(Row), some)
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        table = " TABLE rows_of_pages" if own.dialect.name == "mysql" else ""
        own.exec_driver_sql("ANALYZE" + table)
    sa.event.listen(
        db.engine, "before_cursor_execute", lambda *given: statements.append(given[2])
    )


def ask(address):
    statements.clear()
    began = time.perf_counter()
    response = client.get("/api/v9/" + address)
    took = time.perf_counter() - began
    assert response.status_code == 200, response.text
    assert len(response.get_json()) == SIZE
    return took, len(statements)


def late(sort):
    column = rows.listed.sorts[sort.lstrip("-")]
    order = Order(rows.listed.key, column, descending=sort[0] == "-")
    ways = [each.desc() if order.descending else each for each in order.columns]
    with app.app_context():
        place = sa.select(Row).order_by(*ways).offset((PAGE - 1) * SIZE - 1).limit(1)
        cursor = order.cursor(db.session.scalars(place).one())
    return f"rows?limit={SIZE}&sort={sort}&after={cursor}"


def ratio(first, other):
    for address in (first, other) * 2:
        ask(address)
    times = {first: [], other: []}
    for pair in range(PAIRS):
        for address in [first, other][:: 1 if pair % 2 else -1]:
            times[address].append(ask(address)[0])
    return statistics.median(times[other]) / statistics.median(times[first])


with app.app_context():
    fill()
# The first request looks for migrations too.
ask("rows?limit=100")
found = {}
for sort in sys.argv[2:]:
    first, other = f"rows?limit={SIZE}&sort={sort}", late(sort)
    found[sort] = {
        "statements": [ask(first)[1], ask(other)[1]],
        "ratios": [ratio(first, other) for _ in range(int(sys.argv[1]))],
    }
found["offset"] = ratio(f"rows?limit={SIZE}&sort=made_at", "offset")
print("found", json.dumps(found))
"""


@pytest.fixture(params=["sqlite", *SERVERS])
def kind_and_address(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[str, str]]:
    """A kind of database, and the address of an empty one."""
    if request.param == "sqlite":
        yield request.param, f"sqlite:///{tmp_path}/pages.db"
        return
    with SERVERS[request.param]() as server:
        yield request.param, server.database("pages")


def test_a_late_page_costs_what_the_first_costs(
    kind_and_address: tuple[str, str],
    installed: Callable[..., Path],
    measured: Callable[[str], None],
) -> None:
    kind, address = kind_and_address
    project = installed(preset="full", database=kind)
    settings = {**DEVELOPMENT, "DATABASE_URL": address}

    uv(project, "run", "--no-sync", "flask", "db", "upgrade", **settings)
    said = uv(
        project, "run", "--no-sync", "python", "-c", MEASURE, str(ROUNDS), *SORTS,
        **settings,
    )  # fmt: skip

    match = re.search(r"(?m)^found (.*)$", said)
    assert match, said
    found = json.loads(match[1])
    best = {sort: min(found[sort]["ratios"]) for sort in SORTS}
    shown = ", ".join(f"{sort} {times:.2f}" for sort, times in best.items())
    measured(
        f"{kind}: page 1000 of a list takes {shown} times page 1, by OFFSET "
        f"{found['offset']:.1f}"
    )
    assert [found[sort]["statements"] for sort in SORTS] == [[1, 1]] * len(SORTS)
    assert max(best.values()) <= MOST, best
    assert found["offset"] > 2, "the measure sees no difference"
