"""Requests to copy: an operation of an OpenAPI document, for curl and for Python.

The values are the examples of the schemas, or made from their types.

Maintained by copier-flask.
"""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import quote
from urllib.parse import urlencode

Schema = dict[str, Any]

# Texts of a format; any other text is "text".
FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "email": "ada@example.com",
    "uri": "https://example.com/",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
}
# A schema may hold itself: deeper than this, a list and an object are empty.
MAX_DEPTH = 5


def resolved(schema: Schema, document: Schema) -> Schema:
    """Return a schema, or what its reference names, with the words beside it."""
    if "$ref" not in schema:
        return schema
    found: Any = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return {**found, **{name: part for name, part in schema.items() if name != "$ref"}}


def example(schema: Schema, document: Schema, depth: int = 0) -> Any:
    """Return a value that a schema describes."""
    schema = resolved(schema, document)
    if schema.get("examples"):
        return schema["examples"][0]
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            return example(schema[name][0], document, depth)
    return made(schema, document, depth)


def made(schema: Schema, document: Schema, depth: int) -> Any:
    """Return a value by the type of a schema."""
    kind = schema.get("type", "object")
    if kind == "object":
        fields = schema.get("properties", {}) if depth < MAX_DEPTH else {}
        # Where none is required, such as in a merge patch, the first.
        required = schema.get("required") or list(fields)[:1]
        return {
            name: example(fields[name], document, depth + 1)
            for name in fields
            if name in required
        }
    if kind == "array":
        items = schema.get("items", {}) if depth < MAX_DEPTH else {}
        return [example(items, document, depth + 1)] if items else []
    if kind in {"integer", "number"}:
        return max(1, schema.get("minimum", 1))
    if kind == "string":
        return text_of(schema)
    return {"boolean": True}.get(kind)


def text_of(schema: Schema) -> str:
    """Return a text of the format and at least the length of a schema."""
    text = FORMATS.get(schema.get("format", ""), "text")
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]


def address(operation: Schema, path: str, site: str, document: Schema) -> str:
    """Return the address of a request with what its path and query require."""
    query = {}
    for parameter in operation["parameters"]:
        value = str(example(parameter["schema"], document))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
        elif parameter["in"] == "query" and parameter.get("required"):
            query[parameter["name"]] = value
    return f"{site}{path}" + (f"?{urlencode(query)}" if query else "")


def request_of(
    method: str, path: str, operation: Schema, site: str, document: Schema
) -> Schema:
    """Return what a request has: its method, `url`, `headers` and `body`."""
    headers, body = {}, None
    if operation.get("security"):
        headers["Authorization"] = "Bearer YOUR_TOKEN"
    for parameter in operation["parameters"]:
        if parameter["in"] == "header" and parameter.get("required"):
            headers[parameter["name"]] = example(parameter["schema"], document)
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        headers["Content-Type"] = kind
        body = example(content["schema"], document)
    url = address(operation, path, site, document)
    return {"method": method.upper(), "url": url, "headers": headers, "body": body}


def curl(request: Schema) -> str:
    """Return a command of a shell."""
    lines = [f"curl {shlex.quote(request['url'])}"]
    if request["method"] != "GET":
        lines[0] = f"curl -X {request['method']} {shlex.quote(request['url'])}"
    for name, value in request["headers"].items():
        lines.append(f"-H {shlex.quote(f'{name}: {value}')}")
    if request["body"] is not None:
        lines.append(
            f"-d {shlex.quote(json.dumps(request['body'], ensure_ascii=False))}"
        )
    return " \\\n  ".join(lines)


def python(request: Schema) -> str:
    """Return a program that uses the standard library."""
    lines = ["from urllib.request import Request, urlopen", "", "request = Request("]
    if request["body"] is not None:
        lines.insert(0, "import json")
    lines += [f"    {request['url']!r},", f"    method={request['method']!r},"]
    if request["headers"]:
        lines.append("    headers={")
        pairs = request["headers"].items()
        lines += [f"        {name!r}: {value!r}," for name, value in pairs]
        lines.append("    },")
    if request["body"] is not None:
        lines.append(f"    data=json.dumps({request['body']!r}).encode(),")
    return "\n".join(
        [*lines, ")", "with urlopen(request) as answer:", "    print(answer.read())"]
    )
