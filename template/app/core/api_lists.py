"""Lists of the API: narrowed, searched, sorted, and a page at a time.

What a request may ask for is declared once, so that it names no column:

    LIST = ApiList(
        key=Note.id,
        sorts={"created_at": Note.created_at},
        filters={"author": Note.author_id},
        search=[Note.title, Note.text],
    )

The query is a schema: `ListQuery` of app/api/requests.py has `q`, `after` and `limit`,
and yours adds `sort` and the filters. A field that is one of `filters` narrows the
list, unless it is None. `sort` is a name of `sorts`, with "-" in front for falling
order. `ApiList.of()` reads both from the schema, if columns have the same names.

A page is one statement, and the thousandth costs as much as the first: it begins after
the last row of the page before, and counts nothing. Each row comes exactly once while
others come and go. Give a column of `sorts` an index together with the key, and let it
be one that is never null and seldom changes. On SQLite a page also passes over the rows
that have the value of the last one, so a column should have many values.

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
from typing import get_args
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

KEY = Annotated[int, Field(ge=0, le=BIGGEST)]


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

    @classmethod
    def of(
        cls,
        model: type[Any],
        query: type[BaseModel],
        *,
        filters: Mapping[str, Rule] | None = None,
        search: Sequence[Column] = (),
    ) -> ApiList:
        """Return the list of a model whose key is `id`, as the schema of a query says.

        `sort` there is a `Literal`; a name of it and a field are columns of the model.
        `filters` are those that are no column, or mean more than that it is equal.
        """
        names = [name.lstrip("-") for name in choices(query, "sort")]
        equal = set(query.model_fields).intersection(sa.inspect(model).columns.keys())
        columns = {name: getattr(model, name) for name in equal | set(names)}
        return cls(
            key=model.id,
            sorts={name: columns[name] for name in names},
            filters={**{name: columns[name] for name in equal}, **(filters or {})},
            search=search,
        )

    def page(self, select: sa.Select[Any], query: BaseModel) -> Found:
        """Return the rows of `select` that a query asks for, and `Link` to the next.

        Answers 422 for an `after` that no page has given.
        """
        asked = dict(query)
        name = asked.get("sort") or self.key.key
        order = Order(self.key, self.sorts.get(name.lstrip("-")), name[:1] == "-")
        session = current_app.extensions["sqlalchemy"].session
        dialect = session.get_bind(clause=select).dialect.name
        chosen = order.apply(self.narrowed(select, asked), asked["after"], dialect)

        # One more than requested shows whether there is a next page.
        limit = asked["limit"]
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
                fits: Any = rule(value) if callable(rule) else rule == value
                select = select.where(fits)
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

    def apply(
        self, select: sa.Select[Any], after: str | None, dialect: str
    ) -> sa.Select[Any]:
        """Return the rows in this order, beyond a cursor if there is one."""
        if after is not None:
            select = select.where(self.beyond(self.values(after), dialect))
        ways = [
            column.desc() if self.descending else column.asc()
            for column in self.columns
        ]
        return select.order_by(None).order_by(*ways)

    def beyond(self, values: Sequence[Any], dialect: str) -> sa.ColumnElement[bool]:
        """Return the condition of the rows that come after one with these values.

        It is one range of an index. SQLite finds its beginning by the first column, and
        passes over rows of the same value: 33 000 of them take some milliseconds.
        """
        first, last = self.columns[0], self.columns[-1]
        places = [
            literal(value, column)
            for value, column in zip(values, self.columns, strict=True)
        ]
        if first is last:
            return self.follows(first, places[0])
        if dialect == "mysql":  # MariaDB too: neither finds the range in a tuple
            same = sa.and_(first == places[0], self.follows(last, places[1]))
            return sa.or_(self.follows(first, places[0]), same)
        # And these find none in an OR.
        return self.follows(sa.tuple_(first, last), sa.tuple_(*places))

    def follows(self, column: Column, place: Any) -> sa.ColumnElement[bool]:
        """Return the condition of what comes after a place, in this direction."""
        after: sa.ColumnElement[bool]
        after = column < place if self.descending else column > place
        return after

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


def literal(value: Any, column: Column) -> sa.ColumnElement[Any]:
    """Return a value of a cursor for a statement.

    Its type may be wider than the column's, which may accept whole values only.
    """
    kinds = {str: sa.String(), int: sa.BigInteger()}
    return sa.literal(value, kinds.get(python_type(column), column.type))


def choices(query: type[BaseModel], name: str) -> tuple[str, ...]:
    """Return what the field of a schema may be, if it is a `Literal`."""
    field = query.model_fields.get(name)
    return get_args(field.annotation) if field else ()


# To make one takes longer than the statement of a page.
@lru_cache(maxsize=256)
def adapter_of(kinds: tuple[type, ...]) -> TypeAdapter[Any]:
    """Return what reads and writes values of some types, of which the last is a key."""
    others = [TYPES.get(kind, kind) for kind in kinds[:-1]]
    shape: Any = tuple.__class_getitem__((*others, KEY))
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
