"""Bodies of requests and responses: forms of a limited size, and strict JSON.

Flask limits only multipart forms. Here MAX_FORM_PARTS and, in bytes,
MAX_FORM_MEMORY_SIZE apply to every form, and larger forms are refused with 413 before
they are parsed.

JSON has no NaN: `get_json()` answers it with 400, and to write it is a `ValueError`, so
a 500 with a traceback. Send None instead. Times are written in ISO 8601 with a time
zone. This applies to all JSON of responses: `jsonify()`, a view that returns a dict,
the members of a problem, `tojson` in a template.

A NUL character in a query is answered with 400, and in a path with 404: it is in no
text that people write, and PostgreSQL refuses it. app/core/forms.py refuses it too.

Maintained by copier-flask.
"""

from __future__ import annotations

import json
import math
from datetime import date
from datetime import datetime
from datetime import UTC
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from typing import IO

import flask
from flask import Flask
from flask import request
from flask.json.provider import DefaultJSONProvider
from werkzeug import formparser
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import NotFound
from werkzeug.exceptions import RequestEntityTooLarge

from app.core import proxy
from app.core.texts import text

URLENCODED = "application/x-www-form-urlencoded"


def init_app(app: Flask) -> None:
    app.request_class = Request
    app.before_request(refuse_nul)
    # A custom provider is kept.
    if type(app.json) is DefaultJSONProvider:
        app.json = JSONProvider(app)


def refuse_nul() -> None:
    """Refuse a NUL character, which PostgreSQL cannot store.

    Raises NotFound for one in the path, and BadRequest for one in the query.
    """
    # Not where the query is read, because an error page may read it too.
    if "\0" in request.path:
        raise NotFound
    if b"%00" in request.query_string:
        raise BadRequest(text("bodies.nul"))


class FormDataParser(formparser.FormDataParser):
    """Werkzeug's parser, which also limits the fields of urlencoded forms."""

    def parse(
        self, stream: IO[bytes], mimetype: str, *given: Any, **options: Any
    ) -> tuple[Any, Any, Any]:
        if mimetype == URLENCODED:
            body = stream.read()  # bounded by MAX_CONTENT_LENGTH
            self.check(body)
            # Werkzeug 3.1.6 checks the length before decoding, so it is not passed on.
            stream, given = BytesIO(body), (None, *given[1:])
        return super().parse(stream, mimetype, *given, **options)

    def check(self, body: bytes) -> None:
        """Raise 413 for too many fields or bytes; %41 is one byte."""
        fields, size = body.count(b"&") + 1, len(body) - 2 * body.count(b"%")
        most, largest = self.max_form_parts, self.max_form_memory_size
        if most is not None and fields > most:
            raise RequestEntityTooLarge
        if largest is not None and size > largest:
            raise RequestEntityTooLarge


class JSONProvider(DefaultJSONProvider):
    """Flask's provider, except for NaN, Infinity, dates and times."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.default = encode

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        kwargs.setdefault("allow_nan", False)
        return super().dumps(obj, **kwargs)


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


def loads(given: str | bytes, **kwargs: Any) -> Any:
    """Parse JSON. Raises `ValueError` for NaN and Infinity, which are not JSON."""
    kwargs.setdefault("parse_constant", refuse)
    kwargs.setdefault("parse_float", finite)
    return json.loads(given, **kwargs)


def refuse(name: str) -> None:
    """Raise ValueError for NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{name} is no JSON.")


def finite(digits: str) -> float:
    """Return a number; raises ValueError for one that a float cannot hold."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError("A number is too large.")
    return number


# What `request.get_json()` parses with.
STRICT = SimpleNamespace(dumps=flask.json.dumps, loads=loads)


class Request(proxy.Request):
    """Flask's request; `get_json()` answers NaN with 400."""

    form_data_parser_class = FormDataParser

    @property
    def json_module(self) -> Any:
        """The owner's JSON provider, or one that refuses NaN."""
        # Not the application's provider, because that also reads sessions.
        given = vars(self).get("json_module")
        own = given is not None and type(given) is not JSONProvider
        return given if own else STRICT

    @json_module.setter
    def json_module(self, given: Any) -> None:
        vars(self)["json_module"] = given
