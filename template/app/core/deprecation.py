"""`Deprecation` (RFC 9745) and `Sunset` (RFC 8594): what ends, and when.

One line for a view, below its route:

    @deprecation.deprecated(since=date(2027, 1, 1), sunset=date(2027, 7, 1))

and one for a whole version, where its blueprint is:

    bp.after_request(deprecation.headers(since=date(2027, 1, 1)))

`link` is the address of a page that says what to use instead. The headers change
nothing else: the view answers as before.

Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from datetime import datetime
from datetime import time
from datetime import UTC
from functools import wraps
from typing import TypeVar

from flask import after_this_request
from flask import current_app
from flask import Response
from flask.typing import ResponseReturnValue
from werkzeug.http import http_date

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def headers(
    *, since: date, sunset: date | None = None, link: str | None = None
) -> Callable[[Response], Response]:
    """Return a function that adds the headers to a response.

    `since` is the day, in UTC, from which on clients should use something else, and
    `sunset` the one on which it ends.
    """
    values = {"Deprecation": f"@{midnight(since).timestamp():.0f}"}
    if sunset:
        values["Sunset"] = http_date(midnight(sunset))

    def add(response: Response) -> Response:
        response.headers.update(values)
        if link:
            response.headers.add("Link", f'<{link}>; rel="deprecation"')
        return response

    return add


def deprecated(
    *, since: date, sunset: date | None = None, link: str | None = None
) -> Callable[[View], View]:
    """Return a decorator of views whose answers, errors too, have the headers."""
    add = headers(since=since, sunset=sunset, link=link)

    def decorate(view: View) -> View:
        @wraps(view)
        def announced(*args: object, **kwargs: object) -> ResponseReturnValue:
            after_this_request(add)
            answer: ResponseReturnValue = current_app.ensure_sync(view)(*args, **kwargs)
            return answer

        announced.deprecated = True  # type: ignore[attr-defined]  # for the document
        return announced  # type: ignore[return-value]  # of the same arguments

    return decorate


def midnight(day: date) -> datetime:
    """Return the moment in UTC at which a day begins."""
    return datetime.combine(day, time.min, UTC)
