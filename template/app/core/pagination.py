"""Pages of a list: `paginate` by number, and `paginate_by_key` for lists of any length.

Both read the page from the query of the request and give the addresses of the pages
before and after it, for `pager` in app/templates/macros/lists.html.

Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Generic
from typing import TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import abort
from flask import current_app
from flask import request
from sqlalchemy.orm import InstrumentedAttribute

from app.core.texts import text

T = TypeVar("T")

# A page behind this one is 404: its offset would not fit into an integer of SQLite.
MAX_NUMBER = 1_000_000_000
# The largest key, that of a BIGINT column.
MAX_KEY = 2**63 - 1
MAX_DIGITS = 19  # of MAX_KEY; Python refuses to read thousands of them


@dataclass(frozen=True)
class Pages(Generic[T]):
    """One page of a list, and the addresses of its neighbours if there are any."""

    items: Sequence[T]
    previous_url: str | None
    next_url: str | None
    position: str = ""  # such as "Page 2 of 7"
    total: int | None = None  # rows on all pages, where they are counted


def paginate(select: sa.Select[Any], *, per_page: int = 20) -> Pages[Any]:
    """Return the page whose number is in `?page=`, the first one without it.

    `select` has an order that ends in a unique column. All rows are counted, so that
    the page can say how many there are. Answers 404 for a page that does not exist.
    """
    number = integer_in_query("page", 1, MAX_NUMBER) or 1
    db = current_app.extensions["sqlalchemy"]
    page = db.paginate(select, page=number, per_page=per_page, max_per_page=per_page)
    return Pages(
        items=page.items,
        previous_url=url_with(page=number - 1) if page.has_prev else None,
        next_url=url_with(page=number + 1) if page.has_next else None,
        position=text("pagination.position", number=number, total=max(page.pages, 1)),
        total=page.total,
    )


def paginate_by_key(
    select: sa.Select[Any],
    key: InstrumentedAttribute[int],
    *,
    per_page: int = 20,
    descending: bool = False,
) -> Pages[Any]:
    """Return the page after the row in `?after=`, or before the one in `?before=`.

    `key` is a unique integer column of the rows, such as `Note.id`; the list is in its
    order. A page costs at most two short queries, the last as little as the second, and
    rows that come and go move no other row to another page. Answers 404 for a place
    that no row follows.
    """
    before = integer_in_query("before", 0, MAX_KEY)
    after = integer_in_query("after", 0, MAX_KEY) if before is None else None
    backwards = before is not None
    start = before if backwards else after
    by_falling_key = descending != backwards

    found = rows(select, key, start, per_page + 1, descending=by_falling_key)
    if start is not None and not found:
        abort(404)
    items, has_more = found[:per_page], len(found) > per_page
    has_other_side = start is not None and exists(
        beyond(select, key, getattr(items[0], key.key), descending=not by_falling_key)
    )
    if backwards:
        items = items[::-1]
    has_previous, has_next = (
        (has_more, has_other_side) if backwards else (has_other_side, has_more)
    )
    return Pages(
        items=items,
        previous_url=url_with(before=getattr(items[0], key.key))
        if has_previous
        else None,
        next_url=url_with(after=getattr(items[-1], key.key)) if has_next else None,
    )


def rows(
    select: sa.Select[Any],
    key: InstrumentedAttribute[int],
    start: int | None,
    limit: int,
    *,
    descending: bool,
) -> Sequence[Any]:
    """Return the first rows in the order of the key, beyond `start` if it is given."""
    if start is not None:
        select = beyond(select, key, start, descending=descending)
    order = key.desc() if descending else key.asc()
    session = current_app.extensions["sqlalchemy"].session
    found = session.scalars(select.order_by(None).order_by(order).limit(limit))
    # unique() is needed if a collection is loaded by a join.
    result: Sequence[Any] = found.unique().all()
    return result


def beyond(
    select: sa.Select[Any],
    key: InstrumentedAttribute[int],
    start: int,
    *,
    descending: bool,
) -> sa.Select[Any]:
    """Return the rows with a smaller key in a descending list, else with a larger."""
    return select.where(key < start if descending else key > start)


def exists(select: sa.Select[Any]) -> bool:
    """Return whether there is a row; the database stops at the first one."""
    session = current_app.extensions["sqlalchemy"].session
    return bool(session.scalar(sa.select(select.order_by(None).exists())))


def integer_in_query(name: str, low: int, high: int) -> int | None:
    """Return a number of the query, None if it is not there; 404 for any other text."""
    given = request.args.get(name)
    if given is None:
        return None
    is_number = given.isascii() and given.isdigit() and len(given) <= MAX_DIGITS
    if not (is_number and low <= int(given) <= high):
        abort(404)
    return int(given)


def url_with(**changed: int) -> str:
    """Return the address of this page with another place in the list.

    It is only a query, which browsers add to the address of the page.
    """
    kept = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in {"page", "before", "after"}
    ]
    return "?" + urlencode([*kept, *changed.items()])
