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
from typing import cast
from typing import get_origin
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
from app.core import problems
from app.core.operations import Operation

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]
SchemasByType = dict[tuple[Any, str], Schema]

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

# Schemas of fields of the head that take no other text.
HEAD_SCHEMAS: dict[str, Schema] = {
    "Idempotency-Key": {
        "type": "string",
        "pattern": "^[!-~]+$",
        "minLength": 1,
        "maxLength": 255,
    }
}
# What follows from a field of the head: statuses of errors.
HEAD_PROBLEMS = {"Idempotency-Key": {409, 422}, "If-Match": {412}}
NOT_MODIFIED = {"description": "It is as it was when the `ETag` was read."}

REFERENCE = "#/components/schemas/{model}"
PATCH_TYPE = "application/merge-patch+json"

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
) -> tuple[SchemasByType, Schema]:
    """Return the schema of each type in each direction, and the named schemas."""
    inputs: dict[tuple[Any, Mode], TypeAdapter[Any]] = {
        (Problem, "serialization"): TypeAdapter(Problem)
    }
    patches: dict[type[BaseModel], None] = {}  # a set that keeps its order
    for _, _, _, operation in described:
        if operation.returns is not None:
            inputs[operation.returns, "serialization"] = TypeAdapter(operation.returns)
        if operation.body and operation.body_type == PATCH_TYPE:
            patches[operation.body] = None
        elif operation.body:
            inputs[operation.body, "validation"] = TypeAdapter(operation.body)
    schemas, definitions = TypeAdapter.json_schemas(
        [(kind, mode, adapter) for (kind, mode), adapter in inputs.items()],
        ref_template=REFERENCE,
        schema_generator=Schemas,
    )
    found = cast("SchemasByType", dict(schemas))
    named = definitions.get("$defs", {})
    for body in patches:
        found[body, "patch"] = patch_schema(body, named)
    return found, named


def patch_schema(body: type[BaseModel], named: Schema) -> Schema:
    """Return the schema of a merge patch of a body, and add to the named schemas.

    Each field may be absent, and null means the default of one that has any.
    """
    made = body.model_json_schema(ref_template=REFERENCE, schema_generator=Schemas)
    named.update(made.pop("$defs", {}))
    required = made.pop("required", [])
    for name, field in made.get("properties", {}).items():
        if name not in required:
            given = {part: value for part, value in field.items() if part != "default"}
            made["properties"][name] = {"anyOf": [given, {"type": "null"}]}
    return made


def components(definitions: Schema) -> Schema:
    """Return what operations refer to: schemas, errors and ways to authenticate."""
    errors = {str(status): problem(status) for status in sorted(MEANINGS)}
    made = {"schemas": definitions, "responses": errors}
    if schemes := security().get("schemes"):
        made["securitySchemes"] = schemes
    return made


def security() -> dict[str, Any]:
    """Return how requests authenticate; empty where no request has to."""
    found: dict[str, Any] = current_app.extensions.get(SECURITY, {})
    return found


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


def header(description: str, *, required: bool = False) -> Schema:
    """Return the description of a field of a head."""
    made: Schema = {"description": description, "schema": {"type": "string"}}
    return {**made, "required": True} if required else made


def operation_object(
    rule: Rule,
    method: str,
    view: Callable[..., Any],
    operation: Operation,
    schemas: SchemasByType,
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
        mode = "patch" if operation.body_type == PATCH_TYPE else "validation"
        schema = schemas[operation.body, mode]
        content = {operation.body_type: {"schema": schema}}
        made["requestBody"] = {"required": True, "content": content}
    # The second is of deprecation.py.
    if operation.deprecated or getattr(view, "deprecated", False):
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
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": variable(name),
            "schema": schema,
        }
        for name, schema in path_schemas(rule)
    ]
    if operation.query:
        found += query_parameters(operation.query)
    for name, meaning in operation.takes.items():
        schema = {"schema": HEAD_SCHEMAS[name]} if name in HEAD_SCHEMAS else {}
        found.append({"name": name, "in": "header", **header(meaning), **schema})
    return found


def variable(name: str) -> str:
    """Return what a variable of a path is, from its name: "The id of the box."."""
    thing, separator, part = name.rpartition("_")
    if separator and part in {"id", "name", "slug"}:
        return f"The {part} of the {thing.replace('_', ' ')}."
    return f"The {name.replace('_', ' ')}."


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
        made = {
            "name": name,
            "in": "query",
            "schema": without_nul(inlined(field, schema)),
        }
        if description := made["schema"].pop("description", ""):
            made["description"] = description
        found.append({**made, "required": True} if name in required else made)
    return found


def without_nul(schema: Schema) -> Schema:
    """Return the schema of a text that has no NUL, which bodies.py refuses."""
    is_free = schema.get("type") == "string" and not {"enum", "pattern"} & set(schema)
    return {**schema, "pattern": "^[^\\u0000]*$"} if is_free else schema


def inlined(field: Schema, schema: Schema) -> Schema:
    """Return the schema of a field in which names are replaced by what they mean.

    A field of a query is a text, a number or a choice, so no name refers to itself. No
    query can hold null, which a schema has for a field that is absent.
    """
    beside = {name: part for name, part in field.items() if name != "$ref"}
    if "$ref" in field:
        return {**schema["$defs"][field["$ref"].rpartition("/")[2]], **beside}
    parts = [part for part in beside.pop("anyOf", []) if part != {"type": "null"}]
    if beside.get("default", "") is None:
        del beside["default"]
    if len(parts) == 1:
        return {**inlined(parts[0], schema), **beside}
    return {"anyOf": parts, **beside} if parts else beside


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
