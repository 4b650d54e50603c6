"""Lists of the API: what they are narrowed to, their order, and their pages."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from urllib.parse import parse_qsl
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import Response
from pydantic import Field
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from werkzeug.exceptions import HTTPException

from app.api.requests import Schema
from app.core.api_lists import ApiList
from app.core.api_lists import Found
from app.core.database import UtcDateTime
from app.extensions import db
from tests.maintained.statements import statements_of


class OwnBase(DeclarativeBase):
    """The table of these tests, separate from the project's."""


class Parcel(OwnBase):
    __tablename__ = "parcels_for_tests"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[str] = mapped_column(sa.String(50), index=True)
    weight: Mapped[int] = mapped_column(index=True)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_fragile: Mapped[bool] = mapped_column(default=False)


class ParcelQuery(Schema):
    q: str | None = None
    is_fragile: bool | None = None
    heavier_than: int | None = None
    sort: str = "id"
    after: str | None = Field(None, max_length=1000)
    limit: int = 3


LIST = ApiList(
    key=Parcel.id,
    sorts={
        "label": Parcel.label,
        "weight": Parcel.weight,
        "sent_at": Parcel.sent_at,
    },
    filters={
        "is_fragile": Parcel.is_fragile,
        "heavier_than": lambda weight: Parcel.weight > weight,
    },
    search=[Parcel.label],
)
MOST = 50  # more rows than there are
NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
LABELS = ["Ä", "a_b", "A%", "b\\c", "", "Tea", "tea", "\N{GREEK SMALL LETTER PI}"]


@pytest.fixture
def table(migrated_app: Flask) -> Iterator[None]:
    # Created outside the transaction of a test: on MySQL, DDL commits it.
    with migrated_app.app_context():
        OwnBase.metadata.create_all(db.engine)
    yield
    with migrated_app.app_context():
        OwnBase.metadata.drop_all(db.engine)


@pytest.fixture
def parcels(table: None, app: Flask) -> None:
    """Sixteen parcels with many equal weights and labels."""
    with app.app_context():
        db.session.add_all(parcel(number) for number in range(1, 17))
        db.session.commit()


def parcel(number: int) -> Parcel:
    return Parcel(
        id=number,
        label=LABELS[number % 8],
        weight=number % 3,
        sent_at=NOON + timedelta(microseconds=number % 5),
        is_fragile=number % 4 == 0,
    )


def page(app: Flask, query: str) -> Found:
    with app.test_request_context(f"/api/health?{query}"):
        return LIST.page(sa.select(Parcel), ParcelQuery.from_query())


def next_query(found: Found) -> str | None:
    """Return the query of the address in `Link`, None on the last page."""
    link = found.headers.get("Link")
    if link is None:
        return None
    address, relation = link.split("; ")
    assert relation == 'rel="next"'
    assert urlsplit(address.strip("<>")).path == "/api/health"
    return urlsplit(address.strip("<>")).query


def ids(app: Flask, query: str) -> list[int]:
    """Return the ids of all pages from the one of a query on."""
    found, address = [], query or None
    while address is not None:
        one = page(app, address)
        found += [row.id for row in one.items]
        address = next_query(one)
        assert len(found) <= MOST, "The pages do not end."
    return found


@pytest.mark.parametrize("descending", [False, True], ids=["rising", "falling"])
@pytest.mark.parametrize("sort", ["id", "label", "weight", "sent_at"])
@pytest.mark.usefixtures("parcels")
def test_pages_give_each_row_once_in_the_order(
    app: Flask, sort: str, descending: bool
) -> None:
    sign = "-" if descending else ""
    column = getattr(Parcel, sort)
    ways = [each.desc() if descending else each.asc() for each in (column, Parcel.id)]
    with app.app_context():
        order = db.session.scalars(sa.select(Parcel.id).order_by(*ways)).all()

    assert ids(app, f"sort={sign}{sort}") == list(order)


@pytest.mark.usefixtures("parcels")
def test_the_link_keeps_the_rest_of_the_query(app: Flask) -> None:
    query = "sort=-weight&is_fragile=false&limit=2&q=a"
    following = next_query(page(app, query))

    assert following is not None
    kept = dict(parse_qsl(following))
    assert kept.pop("after")
    assert kept == dict(parse_qsl(query))


@pytest.mark.usefixtures("parcels")
def test_the_last_page_has_no_link(app: Flask) -> None:
    assert next_query(page(app, "limit=16")) is None
    assert next_query(page(app, "after=99")) is None


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("is_fragile=true", {4, 8, 12, 16}),
        ("is_fragile=false&heavier_than=1", {2, 5, 11, 14}),
        ("heavier_than=0&q=TEA", {5, 13, 14}),
        ("q=%25", {2, 10}),
        ("q=_", {1, 9}),
        ("q=%5C", {3, 11}),
        ("q=nothing", set()),
    ],
)
@pytest.mark.usefixtures("parcels")
def test_a_list_is_narrowed_by_what_is_declared(
    app: Flask, query: str, numbers: set[int]
) -> None:
    assert set(ids(app, query)) == numbers


@pytest.mark.parametrize("sort", ["id", "-id", "weight", "-label"])
@pytest.mark.usefixtures("parcels")
def test_rows_that_come_and_go_cost_no_other_row(app: Flask, sort: str) -> None:
    chosen = random.Random(sort)  # noqa: S311  # the same in each run
    seen: list[int] = []
    address: str | None = f"sort={sort}"
    new, gone = 100, set()
    while address is not None:
        found = page(app, address)
        seen += [row.id for row in found.items]
        address = next_query(found)
        with app.app_context():
            db.session.add(parcel(new))
            victim = chosen.randrange(1, 17)
            gone.add(victim)
            db.session.execute(sa.delete(Parcel).where(Parcel.id == victim))
            db.session.commit()
        new += 1
        assert len(seen) <= MOST, "The pages do not end."

    originals = [number for number in seen if number < 100]
    assert len(originals) == len(set(originals))
    assert set(range(1, 17)) - gone <= set(originals)


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("sort", "after"),
    [
        *(("id", after) for after in ("x", "1.5", "", "1,2", "²", f"{2**63}", "[1]")),
        ("id", "9" * 900),
        ("label", "5"),
        ("label", "é"),
        ("label", cursor('["a\\u0000", 1]')),
        ("label", cursor('["\\ud800", 1]')),
        ("label", cursor("[1, 1]")),
        ("label", cursor('["a"]')),
        ("weight", cursor('["a", 1]')),
        ("weight", cursor(f"[{2**64}, 1]")),
        ("sent_at", cursor('["2027-01-01T12:00:00", 1]')),
        ("sent_at", cursor("[" * 500)),
    ],
)
@pytest.mark.usefixtures("table")
def test_a_place_that_no_page_gave_is_named(app: Flask, sort: str, after: str) -> None:
    with pytest.raises(HTTPException) as refused:
        page(app, f"sort={sort}&after={after}")

    response = refused.value.response
    assert isinstance(response, Response)
    assert response.status_code == 422
    assert '"parameter": "after"' in response.get_data(as_text=True)


@pytest.mark.parametrize("sort", ["id", "-weight"])
@pytest.mark.usefixtures("parcels")
def test_each_page_is_one_statement_that_counts_nothing(app: Flask, sort: str) -> None:
    with statements_of(app) as sent:
        ids(app, f"sort={sort}&limit=4")

    read = [text for text in sent if "SELECT" in text]
    assert len(read) == 4
    assert "count(" not in " ".join(read)
    assert all("WHERE" in text for text in read[1:])
