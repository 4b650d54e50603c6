"""The responses in the document of the API: the success of a view, and the errors.

The errors follow from what the view takes, and from `operation` of operations.py.
Maintained by copier-flask.
"""

from __future__ import annotations

from typing import Any
from typing import get_origin

from flask import current_app
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import Rule

from app.core import problems
from app.core.openapi_parameters import header
from app.core.openapi_schemas import Schema
from app.core.openapi_schemas import SchemasByType
from app.core.operations import Operation

SAFE = {"GET"}
PROBLEM_TYPE = "application/problem+json"
PROBLEM: Schema = {"$ref": "#/components/schemas/Problem"}
# What the errors mean, where the name of the status does not say it.
MEANINGS = {
    400: "The request cannot be read, or lacks the token of its session.",
    401: "Credentials are missing, wrong or too old.",
    403: "The caller may not do this.",
    404: "There is no such thing.",
    405: "The path has no such method.",
    409: "Something that exists is in the way; `errors` names the field.",
    412: "The thing has changed since its `ETag` was read.",
    413: "The body is too large.",
    415: "The body is of another content type.",
    422: "Some fields are invalid; `errors` names each.",
    428: "The request must say, in `If-Match`, which state it changes.",
    429: "There were too many requests; `Retry-After` says how many seconds to wait.",
    503: "A part that is needed is away; `Retry-After` says how many seconds to wait.",
}
RETRY_AFTER = {429, 503}
# What follows from a field of the head: statuses of errors.
HEAD_PROBLEMS = {"Idempotency-Key": {409, 422}, "If-Match": {412}}
NOT_MODIFIED = {"description": "It is as it was when the `ETag` was read."}
# An extension of the application: what other modules add to each document.
SECURITY = "api_security"


def responses(
    rule: Rule,
    method: str,
    operation: Operation,
    schemas: SchemasByType,
) -> Schema:
    """Return what is answered, by status."""
    success: Schema = {"description": operation.answer or success_text(operation)}
    if operation.returns is not None:
        schema = schemas[operation.returns, "serialization"]
        success["content"] = {"application/json": {"schema": schema}}
    if operation.headers:
        fields = operation.headers.items()
        success["headers"] = {name: header(meaning) for name, meaning in fields}
    statuses = sorted(problem_statuses(rule, method, operation))
    made = {str(operation.status): success}
    if "If-None-Match" in operation.takes:
        made["304"] = NOT_MODIFIED
    return made | {str(status): reference(status) for status in statuses}


def success_text(operation: Operation) -> str:
    """Return what the answer of a view says, by its status and its type."""
    if operation.returns is None:
        return "It is done. The answer is empty."
    if operation.status == 201:
        return "It is made. The answer says what it is."
    if get_origin(operation.returns) is list:
        return "A list, which may be empty."
    return "The answer says what it is now."


def reference(status: int) -> Schema:
    """Return a reference to an error that several operations have."""
    if status not in MEANINGS:
        return problem(status)
    return {"$ref": f"#/components/responses/{status}"}


def problem(status: int) -> Schema:
    """Return the description of an error."""
    meaning = MEANINGS.get(status, f"{HTTP_STATUS_CODES.get(status, 'Error')}.")
    kinds = [kind for kind in problems.TYPES.values() if kind.status == status]
    if kinds:
        ends = "\n".join(f"- `{kind.name}`: {kind.meaning}" for kind in kinds)
        meaning += f"\n\nIts `type` ends in one of these names:\n\n{ends}"
    made: Schema = {
        "description": meaning,
        "content": {PROBLEM_TYPE: {"schema": PROBLEM}},
    }
    headers = {}
    if status == 401 and security():
        headers["WWW-Authenticate"] = header("How to authenticate.", required=True)
    if status in RETRY_AFTER:
        headers["Retry-After"] = {
            **header("How long to wait, in seconds.", required=True),
            "schema": {"type": "integer", "minimum": 0},
        }
    return {**made, "headers": headers} if headers else made


def problem_statuses(rule: Rule, method: str, operation: Operation) -> set[int]:
    """Return the statuses of errors: those that are named, and those that follow."""
    # A query with a NUL character is refused, and the database may be away.
    found = {400, 503, *operation.problems}
    if rule.arguments:
        # Werkzeug answers 405 where a variable fits the route of another method.
        found |= {404, 405}
    if operation.secured and security():
        found |= {401, 429} if method in SAFE else {401, 403, 429}
    if operation.body:
        found |= {413, 415, 422}
    if operation.query:
        found |= {422}
    for name in operation.takes:
        found |= HEAD_PROBLEMS.get(name, set())
    return found


def security() -> dict[str, Any]:
    """Return how requests authenticate; empty where no request has to."""
    found: dict[str, Any] = current_app.extensions.get(SECURITY, {})
    return found
