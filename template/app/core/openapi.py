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

from flask import current_app
from werkzeug.routing import Rule

from app.core import operations
from app.core.openapi_parameters import parameters
from app.core.openapi_responses import MEANINGS
from app.core.openapi_responses import problem
from app.core.openapi_responses import responses
from app.core.openapi_responses import SAFE
from app.core.openapi_responses import security
from app.core.openapi_schemas import json_schemas
from app.core.openapi_schemas import PATCH_TYPE
from app.core.openapi_schemas import Schema
from app.core.openapi_schemas import SchemasByType
from app.core.operations import Operation

VERSION = "3.1.0"  # of OpenAPI
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def document(prefix: str) -> Schema:
    """Return the document of all described routes below a path, such as "/api/v1/".

    Without `servers`, which depends on the request.
    """
    described = list(routes(prefix))
    schemas, definitions = json_schemas([operation for *_, operation in described])
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


def components(definitions: Schema) -> Schema:
    """Return what operations refer to: schemas, errors and ways to authenticate."""
    errors = {str(status): problem(status) for status in sorted(MEANINGS)}
    made = {"schemas": definitions, "responses": errors}
    if schemes := security().get("schemes"):
        made["securitySchemes"] = schemes
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
