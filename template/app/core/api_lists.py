"""Lists of the API: narrowed, searched, sorted, and a page at a time.

What a request may ask for is declared once, so that it names no column:

    LIST = ApiList(
        key=Note.id,
        sorts={"created_at": Note.created_at},
        filters={"author": Note.author_id},
        search=[Note.title, Note.text],
    )

The query is a schema with the fields `after` and `limit`, and `sort` and `q` where they
are of use. A field that is one of `filters` narrows the list, unless it is None. `sort`
is a name of `sorts`, with "-" in front for falling order.

A page is one statement, and the thousandth costs as much as the first: it begins after
the last row of the page before, and counts nothing. Each row comes exactly once while
others come and go. Give a column of `sorts` an index together with the key, and let it
be one that is never null and seldom changes.

Maintained by copier-flask.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from typing import Annotated
from typing import Any
from typing import NoReturn
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import current_app
from flask import request
from flask import url_for
from pydantic import AfterValidator
from pydantic import AwareDatetime
from pydantic import BaseModel
from pydantic import Field
from pydantic import TypeAdapter

from app.core import problems
from app.core.texts import text as text_of

# SQLAlchemy's columns, of a model or made of one.
Column = Any
Rule = Column | Callable[[Any], sa.ColumnElement[bool]]

BIGGEST = 2**63 - 1  # of a BIGINT column


def without_nul(text: str) -> str:
    """Return a text; raises ValueError for a NUL, which PostgreSQL does not take."""
    if "\0" in text:
        raise ValueError
    return text


# What a cursor may hold, by the type of its column. A value that the database cannot
# compare would be its error, and not the client's.
TYPES: dict[type, Any] = {
    datetime: AwareDatetime,
    int: Annotated[int, Field(ge=-BIGGEST - 1, le=BIGGEST)],
    str: Annotated[str, AfterValidator(without_nul)],
}


@dataclass(frozen=True)
class Found:
    """The rows of a page, and the headers of its answer."""

    items: Sequence[Any]
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ApiList:
    """What a list can be narrowed to and sorted by.

    `key` is a unique integer column. A filter is a column, which equals the value, or a
    function that returns the condition: `lambda day: Note.created_at >= day`.
    """

    key: Column
    sorts: Mapping[str, Column] = field(default_factory=dict)
    filters: Mapping[str, Rule] = field(default_factory=dict)
    search: Sequence[Column] = ()

    def page(self, select: sa.Select[Any], query: BaseModel) -> Found:
        """Return the rows of `select` that a query asks for, and `Link` to the next.

        Answers 422 for an `after` that no page has given.
        """
        asked = dict(query)
        name = asked.get("sort") or self.key.key
        order = Order(self.key, self.sorts.get(name.lstrip("-")), name[:1] == "-")
        chosen = order.apply(self.narrowed(select, asked), asked["after"])

        # One more than requested shows whether there is a next page.
        limit = asked["limit"]
        session = current_app.extensions["sqlalchemy"].session
        found = session.scalars(chosen.limit(limit + 1)).unique().all()
        items, headers = found[:limit], {}
        if len(found) > limit:
            address = url_with(after=order.cursor(items[-1]))
            headers["Link"] = f'<{address}>; rel="next"'
        return Found(items, headers)

    def narrowed(
        self, select: sa.Select[Any], asked: Mapping[str, Any]
    ) -> sa.Select[Any]:
        """Return the rows that fit the filters and the search of a query."""
        for name, rule in self.filters.items():
            if (value := asked.get(name)) is not None:
                select = select.where(rule(value) if callable(rule) else rule == value)
        if part := asked.get("q"):
            # As text: the type of a column may accept whole values only.
            texts = [sa.type_coerce(column, sa.String()) for column in self.search]
            places = [text.icontains(part, autoescape=True) for text in texts]
            select = select.where(sa.or_(sa.false(), *places))
        return select


@dataclass(frozen=True)
class Order:
    """The order of a list: by a column and then by the key, or only by the key."""

    key: Column
    column: Column | None
    descending: bool

    @property
    def columns(self) -> list[Column]:
        """The columns of the order; the key makes it unique."""
        own = self.column
        return [self.key] if own is None or own is self.key else [own, self.key]

    def apply(self, select: sa.Select[Any], after: str | None) -> sa.Select[Any]:
        """Return the rows in this order, beyond a cursor if there is one."""
        if after is not None:
            select = select.where(self.beyond(self.values(after)))
        ways = [
            column.desc() if self.descending else column.asc()
            for column in self.columns
        ]
        return select.order_by(None).order_by(*ways)

    def beyond(self, values: Sequence[Any]) -> sa.ColumnElement[bool]:
        """Return the condition of the rows that come after one with these values."""
        first, last = self.columns[0], self.columns[-1]
        # The same for a text of a cursor.
        values = [
            sa.literal(value, sa.String()) if isinstance(value, str) else value
            for value in values
        ]

        def follows(column: Column, value: object) -> Any:
            return column < value if self.descending else column > value

        if first is last:
            condition: sa.ColumnElement[bool] = follows(first, values[0])
            return condition
        # The first part is for the index: a database may find no range in an OR.
        reached = first <= values[0] if self.descending else first >= values[0]
        later = sa.or_(follows(first, values[0]), follows(last, values[1]))
        return sa.and_(reached, later)

    def cursor(self, row: object) -> str:
        """Return the place behind a row, as a text for the query."""
        values = tuple(getattr(row, column.key) for column in self.columns)
        if len(values) == 1:
            return str(values[0])
        written = self.adapter().dump_json(values)
        return base64.urlsafe_b64encode(written).decode().rstrip("=")

    def values(self, cursor: str) -> Sequence[Any]:
        """Return the values in a cursor; 422 for one that is not of this order."""
        try:
            if len(self.columns) == 1:
                written = f"[{cursor}]".encode()
            else:
                padded = cursor + "=" * (-len(cursor) % 4)
                written = base64.b64decode(padded, b"-_", validate=True)
            values: Sequence[Any] = self.adapter().validate_json(written)
        except ValueError:  # also pydantic's, and that of base64
            refuse_cursor()
        return values

    def adapter(self) -> TypeAdapter[Any]:
        """Return what reads and writes the values of a cursor."""
        return adapter_of(tuple(python_type(column) for column in self.columns))


# To make one takes longer than the statement of a page.
@lru_cache(maxsize=256)
def adapter_of(kinds: tuple[type, ...]) -> TypeAdapter[Any]:
    """Return what reads and writes values of some types."""
    shape: Any = tuple[tuple(TYPES.get(kind, kind) for kind in kinds)]  # type: ignore[misc]
    return TypeAdapter(shape)


def python_type(column: Column) -> type:
    """Return the type of the values of a column."""
    kind = column.type
    while isinstance(kind, sa.TypeDecorator):  # it does not say
        kind = kind.impl_instance
    found: type = kind.python_type
    return found


def refuse_cursor() -> NoReturn:
    """Answer 422 for an `after` that no page has given."""
    problems.refuse(
        problems.INVALID_FIELDS,
        text_of("lists.fields"),
        errors=[{"parameter": "after", "detail": text_of("lists.cursor")}],
    )


def url_with(**changed: str) -> str:
    """Return the path and the query of this request, with another place in the list."""
    kept = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in changed
    ]
    path = url_for(request.endpoint or "", **(request.view_args or {}))
    return f"{path}?{urlencode([*kept, *changed.items()])}"
