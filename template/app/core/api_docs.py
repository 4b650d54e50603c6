"""The document of the API at /api/v1/openapi.json, and its page at /api/v1/docs.

A second version has its own under /api/v2/, as soon as it has a route that `operation`
of operations.py describes. The page is app/templates/api/docs.html.

Settings: API_DOCS. Maintained by copier-flask.
"""

from __future__ import annotations

import re
from typing import Any

from flask import abort
from flask import current_app
from flask import Flask
from flask import jsonify
from flask import render_template
from flask import request
from flask import Response
from markupsafe import escape
from markupsafe import Markup

from app.core import api_examples
from app.core import openapi
from app.core import problems
from app.core.api_examples import resolved
from app.core.openapi_responses import PROBLEM
from app.core.rules import one_of

# Text between backticks; what is around it was escaped.
CODE = re.compile(r"`([^`]+)`")

Schema = dict[str, Any]

DOCUMENTS = "api_documents"  # an extension: the documents that were made

SETTINGS = (
    # Who may read the description of the API: "public", or "off".
    one_of("API_DOCS", "public", ("public", "off")),
)


def init_app(app: Flask) -> None:
    app.extensions[DOCUMENTS] = {}
    # Beside the blueprint of the API, which may ask for credentials.
    app.add_url_rule("/api/v<int:version>/openapi.json", "api_document", show_document)
    app.add_url_rule("/api/v<int:version>/docs", "api_docs", show_page)


def show_document(version: int) -> Response:
    """Return the document of a version; 404 if it has none."""
    return jsonify({**document(version), "servers": [{"url": server(version)}]})


def show_page(version: int) -> str:
    """Return the page about a version; 404 if it has none."""
    found, site = document(version), f"{request.host_url.rstrip('/')}{server(version)}"
    return render_template(
        "api/docs.html",
        document=found,
        address=f"{site}/openapi.json",
        groups=groups(found, site),
        with_code=with_code,
        problem_fields=fields(PROBLEM, found),
        problem_types=problems.TYPES.values(),
    )


def with_code(text: str) -> Markup:
    """Return a text as HTML, in which `code` is marked as in Markdown."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704


def server(version: int) -> str:
    """Return the path below which a version answers."""
    return f"{request.root_path}/api/v{version}"


def document(version: int) -> Schema:
    """Return the document of a version; raises NotFound if there is none."""
    if current_app.config["API_DOCS"] == "off":
        abort(404)
    # Routes do not change after the start.
    made: dict[int, Schema] = current_app.extensions[DOCUMENTS]
    if version not in made:
        found = openapi.document(f"/api/v{version}/")
        if not found["paths"]:
            abort(404)
        made[version] = found
    return made[version]


def groups(document: Schema, site: str) -> dict[str, list[Schema]]:
    """Return what the page says about each operation, by the name of the resource."""
    found: dict[str, list[Schema]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            shown = section(method, path, operation, site, document)
            found.setdefault(operation["tags"][0], []).append(shown)
    return found


def section(
    method: str, path: str, operation: Schema, site: str, document: Schema
) -> Schema:
    """Return what the page says about an operation."""
    request = api_examples.request_of(method, path, operation, site, document)
    content = operation.get("requestBody", {}).get("content", {})
    return {
        "operation": operation,
        "method": method.upper(),
        "path": path,
        "parameters": [
            {**parameter, "kind": kind(parameter["schema"], document)}
            for parameter in operation["parameters"]
        ],
        "body": [
            row for part in content.values() for row in fields(part["schema"], document)
        ],
        "answers": answers(operation, document),
        "curl": api_examples.curl(request),
        "python": api_examples.python(request),
    }


def fields(schema: Schema, document: Schema) -> list[Schema]:
    """Return the fields of an object, or of the objects of a list."""
    schema = resolved(schema, document)
    schema = resolved(schema.get("items", schema), document)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "kind": kind(field, document),
            "required": name in required,
            "description": field.get("description", ""),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def answers(operation: Schema, document: Schema) -> list[Schema]:
    """Return the answers of an operation, each with its fields if it is no error."""
    found = []
    for status, given in operation["responses"].items():
        answer = resolved(given, document)
        content = answer.get("content", {}).get("application/json")
        rows = fields(content["schema"], document) if content else []
        # The rest is about the types of problems, which the page has once.
        said = answer["description"].partition("\n\n")[0]
        shown = {"description": said, "status": status, "fields": rows}
        found.append({**answer, **shown})
    return found


def kind(schema: Schema, document: Schema) -> str:
    """Return what a value is, in words: "integer, 1 to 100", "list of string"."""
    schema = resolved(schema, document)
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return " or ".join(kind(part, document) for part in schema[name])
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}), document)}"
    words = [schema.get("format") or schema.get("type", "any value")]
    words += limits(schema, "minimum", "maximum", "")
    words += limits(schema, "minLength", "maxLength", " characters")
    if "default" in schema:
        words.append(f"{schema['default']} if it is left out")
    return ", ".join(words)


def limits(schema: Schema, low: str, high: str, unit: str) -> list[str]:
    """Return the limits of a value in words, empty if there are none."""
    if low in schema and high in schema:
        return [f"{schema[low]} to {schema[high]}{unit}"]
    if low in schema:
        return [f"at least {schema[low]}{unit}"]
    return [f"at most {schema[high]}{unit}"] if high in schema else []
