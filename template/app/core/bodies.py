"""Parsing request bodies: the number of form fields is limited.

Flask limits only multipart forms. Here MAX_FORM_PARTS and, in bytes,
MAX_FORM_MEMORY_SIZE apply to every form, and larger forms are refused with 413 before
they are parsed.

Maintained by copier-flask.
"""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace
from typing import Any
from typing import IO

from flask import Flask
from flask import json
from werkzeug import formparser
from werkzeug.exceptions import RequestEntityTooLarge

from app.core import hosts
from app.core import strict_json

STRICT = SimpleNamespace(dumps=json.dumps, loads=strict_json.loads)
URLENCODED = "application/x-www-form-urlencoded"


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


class Request(hosts.Request):
    """Flask's request; `get_json()` answers NaN with 400."""

    form_data_parser_class = FormDataParser

    @property
    def json_module(self) -> Any:
        """The owner's JSON provider, or one that refuses NaN."""
        # Not the application's provider, because that also reads sessions.
        given = vars(self).get("json_module")
        own = given is not None and type(given) is not strict_json.JSONProvider
        return given if own else STRICT

    @json_module.setter
    def json_module(self, given: Any) -> None:
        vars(self)["json_module"] = given


def init_app(app: Flask) -> None:
    app.request_class = Request
