"""Pages of a list, by number and by key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import joinedload
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from werkzeug.exceptions import NotFound

from app.core.pagination import Pages
from app.core.pagination import paginate
from app.core.pagination import paginate_by_key
from app.extensions import db
from tests.maintained.statements import statements_of


class OwnBase(DeclarativeBase):
    """The table of these tests, separate from the project's."""


class Line(OwnBase):
    __tablename__ = "lines_for_tests"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


ASCENDING = sa.select(Line).order_by(Line.id)


@pytest.fixture
def table(migrated_app: Flask) -> Iterator[None]:
    # Created outside the transaction of a test: on MySQL, DDL commits it.
    with migrated_app.app_context():
        OwnBase.metadata.create_all(db.engine)
    yield
    with migrated_app.app_context():
        OwnBase.metadata.drop_all(db.engine)


@pytest.fixture
def lines(table: None, app: Flask) -> None:
    """Seven lines, numbered from 1."""
    with app.app_context():
        db.session.add_all(Line(id=number) for number in range(1, 8))
        db.session.commit()


def by_number(app: Flask, query: str, select: sa.Select[Any] = ASCENDING) -> Pages[Any]:
    with app.test_request_context(f"/?{query}"):
        return paginate(select, per_page=3)


def by_key(app: Flask, query: str, *, descending: bool = False) -> Pages[Any]:
    with app.test_request_context(f"/?{query}"):
        return paginate_by_key(
            sa.select(Line), Line.id, per_page=3, descending=descending
        )


def numbers(pages: Pages[Any]) -> list[int]:
    return [line.id for line in pages.items]


@pytest.mark.usefixtures("lines")
def test_pages_by_number_have_every_row_and_name_their_neighbours(app: Flask) -> None:
    first, second, last = (by_number(app, query) for query in ("", "page=2", "page=3"))

    assert [numbers(each) for each in (first, second, last)] == [
        [1, 2, 3],
        [4, 5, 6],
        [7],
    ]
    assert (first.previous_url, first.next_url) == (None, "?page=2")
    assert (second.previous_url, second.next_url) == ("?page=1", "?page=3")
    assert (last.previous_url, last.next_url) == ("?page=2", None)
    assert (last.position, last.total) == ("Page 3 of 3", 7)


@pytest.mark.usefixtures("table")
def test_a_list_without_rows_has_one_empty_page(app: Flask) -> None:
    page = by_number(app, "")

    assert (page.items, page.position, page.total) == ([], "Page 1 of 1", 0)
    assert page.previous_url is page.next_url is None
    assert by_key(app, "").items == []


LONG = pytest.param("0" * 5_000, id="5000 digits")  # too long for int()


@pytest.mark.parametrize(
    "number", ["0", "-1", "4", "x", "1.5", "", "²", "9" * 30, LONG]
)
@pytest.mark.usefixtures("lines")
def test_a_page_that_does_not_exist_is_not_found(app: Flask, number: str) -> None:
    with pytest.raises(NotFound):
        by_number(app, f"page={number}")


@pytest.mark.parametrize("key", ["x", "-1", "", f"{2**63}", LONG])
@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.usefixtures("lines")
def test_a_key_that_no_row_can_have_is_not_found(
    app: Flask, name: str, key: str
) -> None:
    with pytest.raises(NotFound):
        by_key(app, f"{name}={key}")


@pytest.mark.usefixtures("lines")
def test_the_addresses_keep_the_rest_of_the_query(app: Flask) -> None:
    page = by_number(app, "q=a%26b&tag=1&tag=2&page=2&after=9")

    assert page.next_url
    assert parse_qs(page.next_url[1:]) == {
        "q": ["a&b"],
        "tag": ["1", "2"],
        "page": ["3"],
    }


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.usefixtures("lines")
def test_pages_by_key_lead_to_the_end_and_back(app: Flask, descending: bool) -> None:
    order = sorted(range(1, 8), reverse=descending)
    forth = [by_key(app, "", descending=descending)]
    while address := forth[-1].next_url:
        forth.append(by_key(app, address[1:], descending=descending))
    assert [number for page in forth for number in numbers(page)] == order

    back = [forth[-1]]
    while address := back[-1].previous_url:
        back.append(by_key(app, address[1:], descending=descending))
    assert [numbers(page) for page in back] == [
        order[6:],
        order[3:6],
        order[:3],
    ]


@pytest.mark.usefixtures("lines")
def test_rows_that_come_and_go_move_no_other_row(app: Flask) -> None:
    first = by_key(app, "", descending=True)
    with app.app_context():
        db.session.add(Line(id=8))
        db.session.delete(db.session.get_one(Line, 6))
        db.session.commit()

    assert first.next_url
    assert numbers(by_key(app, first.next_url[1:], descending=True)) == [4, 3, 2]


@pytest.mark.parametrize(
    ("place", "descending"),
    [
        ("after=7", False),
        ("after=99", False),
        ("before=1", False),
        ("after=1", True),
        ("after=0", True),
        ("before=7", True),
    ],
)
@pytest.mark.usefixtures("lines")
def test_a_place_that_no_row_follows_is_not_found(
    app: Flask, place: str, descending: bool
) -> None:
    with pytest.raises(NotFound):
        by_key(app, place, descending=descending)


@pytest.mark.usefixtures("lines")
def test_a_neighbour_by_key_is_offered_only_if_it_has_rows(app: Flask) -> None:
    start = by_key(app, "after=0")
    end = by_key(app, "before=99")

    assert (numbers(start), numbers(end)) == ([1, 2, 3], [5, 6, 7])
    assert (start.previous_url, start.next_url) == (None, "?after=3")
    assert (end.previous_url, end.next_url) == ("?before=5", None)


class Book(OwnBase):
    __tablename__ = "books_for_tests"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    leaves: Mapped[list[Leaf]] = relationship()


class Leaf(OwnBase):
    __tablename__ = "leaves_for_tests"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    book_id: Mapped[int] = mapped_column(sa.ForeignKey(Book.id))


@pytest.mark.usefixtures("table")
def test_a_page_by_key_may_load_a_collection_by_a_join(app: Flask) -> None:
    with app.app_context():
        db.session.add_all(Book(id=number) for number in range(1, 6))
        db.session.flush()
        db.session.add_all(Leaf(id=n, book_id=1 + n // 2) for n in range(10))
        db.session.commit()

    with app.test_request_context("/?after=1"):
        select = sa.select(Book).options(joinedload(Book.leaves))
        page = paginate_by_key(select, Book.id, per_page=3)

        assert [(book.id, len(book.leaves)) for book in page.items] == [
            (2, 2),
            (3, 2),
            (4, 2),
        ]
    assert (page.previous_url, page.next_url) == ("?before=2", "?after=4")


@pytest.mark.parametrize(
    ("query", "queries"), [("", 1), ("after=3", 2), ("after=6", 2), ("before=7", 2)]
)
@pytest.mark.usefixtures("lines")
def test_a_page_by_key_costs_two_queries_and_counts_nothing(
    app: Flask, query: str, queries: int
) -> None:
    with statements_of(app) as sent:
        by_key(app, query)

    read = [text for text in sent if "SELECT" in text]
    assert len(read) == queries
    assert "count(" not in " ".join(read)
