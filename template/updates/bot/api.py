"""Calls of the service's API, in JSON.

Maintained by copier-flask.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

TIMEOUT = 30  # seconds
# No permission; not to be found, as private things are; switched off. Not 401: that is
# a token that has expired, of which somebody has to hear.
FORBIDDEN = (403, 404, 410)
# What an answer raises that is no JSON object, in a constant: Python 3.14 has another
# format for several exceptions after `except`.
UNREADABLE = (AttributeError, OSError, ValueError)


class ApiError(Exception):
    """A call failed; its text is one line that says why."""


class ForbiddenError(ApiError):
    """The token may not do that, or the repository has it switched off."""


@dataclass(frozen=True)
class Item:
    """A pull request or an issue of the service."""

    number: int
    url: str
    is_open: bool
    title: str
    body: str
    # The newest commit of a pull request.
    head: str = ""


@dataclass(frozen=True)
class Api:
    """An API at an address, with the headers that its calls have."""

    address: str
    headers: Mapping[str, str]

    def get(self, path: str, **query: str) -> Any:
        """Return the answer, decoded.

        Raises `ForbiddenError`, and `ApiError` for each other failure.
        """
        return self.call("GET", f"{path}?{urlencode(query)}")

    def call(self, method: str, path: str, data: object = None) -> Any:
        """Send `data`, and return the answer, decoded.

        Raises `ForbiddenError`, and `ApiError` for each other failure.
        """
        if not self.address.startswith(("http://", "https://")):
            raise ApiError(f"{self.address} is not an address of an API.")
        what = f"{method} {path.partition('?')[0]}"
        request = urllib.request.Request(  # noqa: S310  # It is http, see above.
            self.address + path,
            None if data is None else json.dumps(data).encode(),
            {"Content-Type": "application/json", **self.headers},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            kind = ForbiddenError if error.code in FORBIDDEN else ApiError
            raise kind(f"{what}: {error.code} {said(error)}") from None
        except (OSError, ValueError) as error:
            raise ApiError(f"{what}: {one_line(str(error))}") from None


def said(error: urllib.error.HTTPError) -> str:
    """Return the service's own words on a failure, or else the status in words."""
    try:
        answer = json.loads(error.read())
        return one_line(str(answer.get("message") or answer.get("error")))
    except UNREADABLE:
        return one_line(str(error.reason))


def one_line(text: str) -> str:
    return " ".join(text.split())[:200]
