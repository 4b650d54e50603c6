"""What a document of the API and its page say: descriptions, and requests to copy."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterator
from typing import Any

from tests.support.running.projects import program

Document = dict[str, Any]

# The row that a request of the page names, so that each language has one to delete.
# They belong to the administrator, and Schemathesis is given others.
ROWS = {"curl": 25, "python": 27}


def undescribed(document: Document) -> list[str]:
    """Return the operations, parameters, fields and answers without a description.

    A single word, such as the name of a status, is none. A field of an answer needs
    none: its schema has one.
    """
    parts = [*of_operations(document), *of_components(document)]
    return [name for name, text in parts if " " not in text]


def of_operations(document: Document) -> Iterator[tuple[str, str]]:
    """Yield the name and the description of what each operation has."""
    for path in document["paths"].values():
        for operation in path.values():
            own = operation["operationId"]
            yield f"{own}: summary", operation["summary"]
            yield own, operation["description"]
            for parameter in operation["parameters"]:
                yield f"{own}: {parameter['name']}", text_of(parameter)
            for body in bodies_of(operation, document):
                yield f"{own}: body", text_of(body)
                for name, field in body["properties"].items():
                    yield f"{own}: {name}", text_of(field)
            for status, answer in operation["responses"].items():
                yield from of_answer(f"{own}: {status}", resolved(answer, document))


def of_answer(name: str, answer: Document) -> Iterator[tuple[str, str]]:
    """Yield the description of an answer, and of the fields of its head."""
    yield name, text_of(answer)
    for field, header in answer.get("headers", {}).items():
        yield f"{name}: {field}", text_of(header)


def of_components(document: Document) -> Iterator[tuple[str, str]]:
    """Yield the name and the description of each schema, answer and way to log in."""
    components = document["components"]
    for name, schema in components["schemas"].items():
        yield name, text_of(schema)
    for name, scheme in components.get("securitySchemes", {}).items():
        yield name, text_of(scheme)
    for status, answer in components["responses"].items():
        yield from of_answer(status, answer)


def text_of(part: Document) -> str:
    return str(part.get("description", ""))


def bodies_of(operation: Document, document: Document) -> list[Document]:
    """Return the schemas of what an operation takes as its body."""
    found = operation.get("requestBody", {}).get("content", {}).values()
    return [resolved(content["schema"], document) for content in found]


def resolved(part: Document, document: Document) -> Document:
    """Return a part of a document, or what its reference names."""
    if "$ref" not in part:
        return part
    found: Any = document
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return dict(found)


def with_text(part: Any) -> list[Document]:
    """Return each part of a document that has a description, itself included."""
    if isinstance(part, dict):
        own = [part] if isinstance(part.get("description"), str) else []
        return own + with_text(list(part.values()))
    parts = part if isinstance(part, list) else []
    return [found for entry in parts for found in with_text(entry)]


def requests_of(page: str, token: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each request of a page: its operation, its language, and its command."""
    for section in page.split("<section ")[1:]:
        (name,) = re.findall(r'aria-labelledby="([^"]+)"', section)
        curl, python = re.findall(
            r"<pre[^>]*><code>(.*?)</code></pre>", section, re.DOTALL
        )
        # Status and errors are for the test; the rest is as the page has it.
        more = " --silent --show-error --fail --write-out '%{http_code}'"
        shell = [program("sh"), "-c", filled_in(curl, token, "curl") + more]
        yield name, "curl", shell
        yield name, "python", [sys.executable, "-c", filled_in(python, token, "python")]


def filled_in(text: str, token: str, language: str) -> str:
    """Return a request of the page with a token, for rows that no other one uses."""
    text = html.unescape(text).replace("YOUR_TOKEN", token)
    text = re.sub(r"/(users|tokens)/1\b", rf"/\1/{ROWS[language]}", text)
    return text.replace("ada@example.com", f"{language}@example.com")
