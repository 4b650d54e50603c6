"""Reading requests into schemas, and answering invalid ones."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from typing import NoReturn
from typing import Self

from flask import request
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import UnsupportedMediaType

from app.core import merge_patch
from app.core import problems

# Maximum number of errors in a response, and of characters in each: a caller chooses
# the number and the names of the fields.
MAX_ERRORS = 100
MAX_LENGTH = 200


class Schema(BaseModel):
    """The base of the API's schemas.

    Unknown fields are refused, so that a typing error is noticed, as are NaN and
    Infinity, which are not JSON. No error repeats a value.
    """

    model_config = ConfigDict(
        extra="forbid",
        from_attributes=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )

    @classmethod
    def from_body(cls) -> Self:
        """Read the JSON body of this request.

        Another content type is a 415, invalid JSON a 400, and JSON that the schema
        refuses a 422 with an entry for each wrong field.
        """
        if not request.is_json:
            raise UnsupportedMediaType("Send JSON: Content-Type: application/json.")

        try:
            return cls.model_validate_json(request.get_data(), strict=True)
        except ValidationError as error:
            refuse(error)

    @classmethod
    def from_merge_patch(cls, row: object) -> Self:
        """Return the fields of a row with the merge patch of this request applied.

        The schema has the fields that may change. One that the body does not have stays
        as it is, and null gives it its default. Answers as `from_body()` does.
        """
        patch = merge_patch.read()
        present = cls.model_validate(row).model_dump(mode="json")
        merged = merge_patch.merge(present, patch)
        if isinstance(merged, dict) and isinstance(patch, dict):
            # A null removes nothing from a field that there is not.
            merged |= {name: None for name in patch if name not in cls.model_fields}
        try:
            return cls.model_validate_json(json.dumps(merged), strict=True)
        except ValidationError as error:
            refuse(error)

    @classmethod
    def from_query(cls) -> Self:
        """Read the query of this request; a 422 names each wrong parameter."""
        try:
            return cls.model_validate(request.args.to_dict())
        except ValidationError as error:
            refuse(error, "parameter")


class ListQuery(Schema):
    """The query of a list; app/core/api_lists.py says what to add to it."""

    q: str | None = Field(
        None, min_length=1, max_length=254, description="Text to search for."
    )
    after: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="The place behind the last entry of a page, from its `Link`.",
        json_schema_extra={"format": "cursor"},
    )
    limit: int = Field(50, ge=1, le=100, description="Entries at most.")


def refuse(error: ValidationError, place: str = "pointer") -> NoReturn:
    """Answer 422, naming each wrong field by a JSON pointer, or by its parameter.

    Invalid JSON is a 400.
    """
    name = pointer if place == "pointer" else parameter
    faults = error.errors(include_url=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        raise BadRequest("The body is not JSON.") from None

    invalid(
        [
            {
                place: shortened(name(fault["loc"])),
                "detail": shortened(sentence(fault["msg"], fault.get("ctx", {}))),
            }
            for fault in faults[:MAX_ERRORS]
        ]
    )


def shortened(text: str) -> str:
    """Return a text of at most MAX_LENGTH characters."""
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 1]}…"


def pointer(path: Iterable[str | int]) -> str:
    """Return a path as a JSON pointer (RFC 6901) in the form of a fragment."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "#" + "".join(f"/{part}" for part in parts)


def parameter(path: Iterable[str | int]) -> str:
    """Return a path as the name of a parameter of the query."""
    return ".".join(str(part) for part in path)


def invalid(errors: list[dict[str, str]], status: int = 422) -> NoReturn:
    """Answer 422 or 409 with `errors`: each has a `pointer` or `parameter`, `detail`.

    Example: `invalid([{"pointer": "#/email", "detail": "It is taken."}], 409)`.
    """
    kind = {409: problems.CONFLICT, 422: problems.INVALID_FIELDS}[status]
    problems.refuse(kind, "Some fields are invalid: see errors.", errors=errors)


def sentence(message: str, context: Mapping[str, object]) -> str:
    """Return what is wrong with a field; our own validators word it themselves."""
    own = context.get("error")
    return str(own) if own else f"{message}."
