"""The parameters in the document of the API: of the path, of the query and of the head.

Maintained by copier-flask.
"""

from __future__ import annotations

import re

from pydantic import BaseModel
from werkzeug.routing import AnyConverter
from werkzeug.routing import BaseConverter
from werkzeug.routing import FloatConverter
from werkzeug.routing import IntegerConverter
from werkzeug.routing import Rule
from werkzeug.routing import UUIDConverter

from app.core.openapi_schemas import Schema
from app.core.openapi_schemas import Schemas
from app.core.operations import Operation

# Schemas of fields of the head that take no other text.
HEAD_SCHEMAS: dict[str, Schema] = {
    "Idempotency-Key": {
        "type": "string",
        "pattern": "^[!-~]+$",
        "minLength": 1,
        "maxLength": 255,
    }
}


def header(description: str, *, required: bool = False) -> Schema:
    """Return the description of a field of a head."""
    made: Schema = {"description": description, "schema": {"type": "string"}}
    return {**made, "required": True} if required else made


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
