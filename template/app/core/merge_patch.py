"""Partial changes by JSON Merge Patch (RFC 7396).

A field that is absent stays as it is, and one that is null is removed, so that it has
its default. `Schema.from_merge_patch()` in app/api/requests.py applies one to a row.

Maintained by copier-flask.
"""

from __future__ import annotations

from flask import request
from flask import Response
from pydantic import JsonValue
from pydantic import TypeAdapter
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import UnsupportedMediaType

from app.core.errors import problem
from app.core.texts import text

MIMETYPE = "application/merge-patch+json"
# Clients that know no other type send the second one, which means the same here.
ACCEPTED = (MIMETYPE, "application/json")

JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def read() -> JsonValue:
    """Return the patch of this request.

    Raises UnsupportedMediaType for another content type, which names the right ones,
    and BadRequest for what is no JSON.
    """
    if request.mimetype not in ACCEPTED:
        raise UnsupportedMediaType(response=unsupported())
    try:
        return JSON.validate_json(request.get_data())
    except ValidationError:
        raise BadRequest(text("merge_patch.json")) from None


def unsupported() -> Response:
    """Return the answer to another content type."""
    detail = f"Send a merge patch: Content-Type: {MIMETYPE}."
    response = problem(415, UnsupportedMediaType().name, detail)
    response.headers["Accept-Patch"] = ", ".join(ACCEPTED)
    return response


def merge(target: JsonValue, patch: JsonValue) -> JsonValue:
    """Return what a patch makes of a value; neither of them is changed."""
    if not isinstance(patch, dict):
        return patch

    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged
