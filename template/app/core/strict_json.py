"""Strict JSON: no NaN, and times in ISO 8601 with time zone.

This applies to all JSON responses: `jsonify()`, a view that returns a dict, the
members of a problem, `tojson` in a template. A number that JSON cannot hold is a
`ValueError`, so a 500 with a traceback: send None in its place.

Maintained by copier-flask.
"""

from __future__ import annotations

import json
import math
from datetime import date
from datetime import datetime
from datetime import UTC
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider


class JSONProvider(DefaultJSONProvider):
    """Flask's provider, except for NaN, Infinity, dates and times."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.default = encode

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        kwargs.setdefault("allow_nan", False)
        return super().dumps(obj, **kwargs)


def init_app(app: Flask) -> None:
    # A custom provider is kept.
    if type(app.json) is DefaultJSONProvider:
        app.json = JSONProvider(app)


def encode(value: object) -> object:
    """Return an object in a form that JSON has; a naive time counts as UTC.

    Raises `TypeError` for an object that has no such form.
    """
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value
        return moment.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return DefaultJSONProvider.default(value)


def loads(text: str | bytes, **kwargs: Any) -> Any:
    """Parse JSON. Raises `ValueError` for NaN and Infinity, which are not JSON."""
    kwargs.setdefault("parse_constant", refuse)
    kwargs.setdefault("parse_float", finite)
    return json.loads(text, **kwargs)


def refuse(name: str) -> None:
    """Raise ValueError for NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{name} is no JSON.")


def finite(text: str) -> float:
    """Return a number; raises ValueError for one that a float cannot hold."""
    number = float(text)
    if math.isinf(number):
        raise ValueError("A number is too large.")
    return number
