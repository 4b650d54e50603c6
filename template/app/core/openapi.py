"""The OpenAPI document of a version of the API, from its routes and their schemas.

`operation` of app/core/operations.py describes a view. The path and its parameters come
from the route, summary and description from the docstring of the view, and the errors
from what the view takes. Schemas are those of pydantic.

Settings: SITE_DESCRIPTION, SITE_NAME. Maintained by copier-flask.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import Literal

from flask import current_app
from pydantic import BaseModel
from pydantic import Field
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic.json_schema import JsonSchemaValue
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import AnyConverter
from werkzeug.routing import BaseConverter
from werkzeug.routing import FloatConverter
from werkzeug.routing import IntegerConverter
from werkzeug.routing import Rule
from werkzeug.routing import UUIDConverter

from app.core import operations
from app.core.operations import Operation

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]

VERSION = "3.1.0"  # of OpenAPI
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAFE = {"GET"}
PROBLEM_TYPE = "application/problem+json"
PROBLEM: Schema = {"$ref": "#/components/schemas/Problem"}

# What the errors mean, where the name of the status does not say it.
MEANINGS = {
    400: "The request cannot be read, or lacks the token of its session.",
    401: "Credentials are missing, wrong or too old.",
    403: "The caller may not do this.",
    404: "There is no such thing.",
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

# An extension of the application: what other modules add to each document.
SECURITY = "api_security"


class InvalidField(BaseModel):
    """One wrong field of a request: its `pointer` in the body, or its `parameter`."""

    detail: str = Field(description="What is wrong, as a sentence.")
    pointer: str = Field("", description="A JSON pointer into the body (RFC 6901).")
    parameter: str = Field("", description="The name of a parameter of the query.")


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    type: str = Field(description="The address of the problem type, or about:blank.")
    title: str = Field(description="What the type of the problem is called.")
    status: int = Field(description="The status of the answer.")
    detail: str | None = Field(description="What is wrong in this request.")
    request_id: str = Field(description="The id of the request in the log.")
    errors: list[InvalidField] = Field([], description="The wrong fields, if any.")


class Schemas(GenerateJsonSchema):
    """Pydantic's JSON schemas, without what a document does not need."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return False: a title would only repeat the name of the field."""
        return False

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        """Return the schema of a model; an answer may get more fields later."""
        made = super().model_schema(schema)
        if self.mode == "serialization":
            made.pop("additionalProperties", None)
        return made


def document(prefix: str) -> Schema:
    """Return the document of all described routes below a path, such as "/api/v1/".

    Without `servers`, which depends on the request.
    """
    described = list(routes(prefix))
    schemas, definitions = json_schemas(described)
    paths: dict[str, Schema] = {}
    for rule, method, view, operation in described:
        made = operation_object(rule, method, view, operation, schemas)
        path = rule.rule.removeprefix(prefix.rstrip("/"))
        paths.setdefault(path_template(path), {})[method.lower()] = made

    return {
        "openapi": VERSION,
        "info": {
            "title": f"{current_app.config['SITE_NAME']} API",
            "version": prefix.strip("/").rpartition("/")[2].removeprefix("v"),
            "description": current_app.config["SITE_DESCRIPTION"],
        },
        "paths": paths,
        "components": components(definitions),
    }


def routes(prefix: str) -> Iterator[tuple[Rule, str, Callable[..., Any], Operation]]:
    """Yield each described route below a path with its method, in the order of paths.

    A view with several methods has one description for all of them.
    """
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = current_app.view_functions[rule.endpoint]
        operation = operations.of(view)
        if operation and rule.rule.startswith(prefix):
            for method in METHODS:
                if method in (rule.methods or ()):
                    yield rule, method, view, operation


def json_schemas(
    described: list[tuple[Rule, str, Callable[..., Any], Operation]],
) -> tuple[dict[tuple[Any, Mode], Schema], Schema]:
    """Return the schema of each type in each direction, and the named schemas."""
    inputs: dict[tuple[Any, Mode], TypeAdapter[Any]] = {
        (Problem, "serialization"): TypeAdapter(Problem)
    }
    for _, _, _, operation in described:
        directions: tuple[tuple[Any, Mode], ...] = (
            (operation.body, "validation"),
            (operation.returns, "serialization"),
        )
        for kind, mode in directions:
            if kind is not None:
                inputs[kind, mode] = TypeAdapter(kind)
    schemas, definitions = TypeAdapter.json_schemas(
        [(kind, mode, adapter) for (kind, mode), adapter in inputs.items()],
        ref_template="#/components/schemas/{model}",
        schema_generator=Schemas,
    )
    return dict(schemas), definitions.get("$defs", {})


def components(definitions: Schema) -> Schema:
    """Return what operations refer to: schemas, errors and ways to authenticate."""
    errors = {str(status): problem(status) for status in sorted(MEANINGS)}
    made = {"schemas": definitions, "responses": errors}
    if schemes := security().get("schemes"):
        made["securitySchemes"] = schemes
    return made


def security() -> dict[str, Any]:
    """Return how requests authenticate; empty where nobody needs to."""
    found: dict[str, Any] = current_app.extensions.get(SECURITY, {})
    return found


def problem(status: int) -> Schema:
    """Return the description of an error."""
    meaning = MEANINGS.get(status, f"{HTTP_STATUS_CODES.get(status, 'Error')}.")
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


def header(description: str, *, required: bool = False) -> Schema:
    """Return the description of a field of a head."""
    made: Schema = {"description": description, "schema": {"type": "string"}}
    return {**made, "required": True} if required else made


def operation_object(
    rule: Rule,
    method: str,
    view: Callable[..., Any],
    operation: Operation,
    schemas: dict[tuple[Any, Mode], Schema],
) -> Schema:
    """Return the description of one method of one path."""
    summary, description = words(view)
    made: Schema = {
        "operationId": operation_id(rule, method),
        "summary": summary,
        "description": description,
        "tags": [tag(rule)],
        "parameters": parameters(rule, operation),
        "responses": responses(rule, method, operation, schemas),
    }
    if operation.body:
        schema = schemas[operation.body, "validation"]
        content = {operation.body_type: {"schema": schema}}
        made["requestBody"] = {"required": True, "content": content}
    if operation.deprecated:
        made["deprecated"] = True
    if ways := security() if operation.secured else {}:
        made["security"] = ways["safe" if method in SAFE else "unsafe"]
    return made


def words(view: Callable[..., Any]) -> tuple[str, str]:
    """Return the first sentence of a docstring, and the docstring in paragraphs."""
    paragraphs = inspect.cleandoc(view.__doc__ or "").split("\n\n")
    lines = [" ".join(paragraph.split()) for paragraph in paragraphs]
    sentence = re.split(r"(?<=[.:])\s", lines[0], maxsplit=1)[0]
    return sentence.rstrip(".:"), "\n\n".join(lines)


def operation_id(rule: Rule, method: str) -> str:
    """Return the name of an operation: that of its view, with the method if needed."""
    name = rule.endpoint.rpartition(".")[2]
    several = len(set(METHODS) & (rule.methods or set())) > 1
    return f"{name}_{method.lower()}" if several else name


def tag(rule: Rule) -> str:
    """Return the part of the path that names the resource, such as "notes"."""
    return rule.rule.strip("/").split("/")[2:][:1][0].strip("<>")


def path_template(path: str) -> str:
    """Return the path of a route as OpenAPI writes it: /notes/{note_id}."""
    return re.sub(r"<(?:[^<>]*:)?([^<>:]+)>", r"{\1}", path)


def parameters(rule: Rule, operation: Operation) -> list[Schema]:
    """Return the parameters of the path, of the query and of the head."""
    found = [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in path_schemas(rule)
    ]
    if operation.query:
        found += query_parameters(operation.query)
    return found + [
        {"name": name, "in": "header", **header(meaning)}
        for name, meaning in operation.takes.items()
    ]


def path_schemas(rule: Rule) -> list[tuple[str, Schema]]:
    """Return the variables of a path with their schemas, in the order of the path."""
    converters = rule._converters
    names = re.findall(r"<(?:[^<>]*:)?([^<>:]+)>", rule.rule)
    return [(name, path_schema(converters[name])) for name in names]


def path_schema(converter: BaseConverter) -> Schema:
    """Return the schema of a variable; text for a converter of your own."""
    if isinstance(converter, IntegerConverter | FloatConverter):
        whole = isinstance(converter, IntegerConverter)
        lowest = None if converter.signed else converter.min or 0
        limits = {"minimum": lowest, "maximum": converter.max}
        given = {name: limit for name, limit in limits.items() if limit is not None}
        return {"type": "integer" if whole else "number", **given}
    if isinstance(converter, UUIDConverter):
        return {"type": "string", "format": "uuid"}
    if isinstance(converter, AnyConverter):
        return {"type": "string", "enum": sorted(converter.items)}
    return {"type": "string", "minLength": 1}


def query_parameters(query: type[BaseModel]) -> list[Schema]:
    """Return a parameter for each field of the schema of a query."""
    schema = query.model_json_schema(schema_generator=Schemas)
    required = schema.get("required", [])
    found = []
    for name, field in schema.get("properties", {}).items():
        made = {"name": name, "in": "query", "schema": inlined(field, schema)}
        if description := made["schema"].pop("description", ""):
            made["description"] = description
        found.append({**made, "required": True} if name in required else made)
    return found


def inlined(field: Schema, schema: Schema) -> Schema:
    """Return the schema of a field in which names are replaced by what they stand for.

    A field of a query is a text, a number or a choice, so no name refers to itself.
    """
    beside = {name: part for name, part in field.items() if name != "$ref"}
    if "$ref" not in field:
        return beside
    return {**schema["$defs"][field["$ref"].rpartition("/")[2]], **beside}


def responses(
    rule: Rule,
    method: str,
    operation: Operation,
    schemas: dict[tuple[Any, Mode], Schema],
) -> Schema:
    """Return what is answered, by status."""
    name = HTTP_STATUS_CODES.get(operation.status, "Answer")
    success: Schema = {"description": f"{name}."}
    if operation.returns is not None:
        schema = schemas[operation.returns, "serialization"]
        success["content"] = {"application/json": {"schema": schema}}
    if operation.headers:
        fields = operation.headers.items()
        success["headers"] = {name: header(meaning) for name, meaning in fields}
    statuses = sorted(problem_statuses(rule, method, operation))
    errors = {str(status): reference(status) for status in statuses}
    return {str(operation.status): success, **errors}


def reference(status: int) -> Schema:
    """Return a reference to an error that several operations have."""
    if status not in MEANINGS:
        return problem(status)
    return {"$ref": f"#/components/responses/{status}"}


def problem_statuses(rule: Rule, method: str, operation: Operation) -> set[int]:
    """Return the statuses of errors: those that are named, and those that follow."""
    # A query with a NUL character is refused, and the database may be away.
    found = {400, 503, *operation.problems}
    if rule.arguments:
        found |= {404}
    if operation.secured and security():
        found |= {401} if method in SAFE else {401, 403}
    if operation.body:
        found |= {413, 415, 422}
    if operation.query:
        found |= {422}
    return found
