"""Types of problems of the API, each with a page at /api/v1/problems/<name>.

A problem (RFC 9457) whose `type` is "about:blank" says no more than its status. Each
other type has a name that a client compares, and a page that says what to do.
Types of your own:

    SOLD_OUT = problems.declare(
        "sold-out", 409, "Sold out", "Ask again when the goods have come."
    )
    problems.refuse(SOLD_OUT, "There is no blue one.")

Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from flask import abort
from flask import Flask
from flask import render_template
from flask import url_for

from app.core import api_english
from app.core import texts
from app.core.errors import problem

PATH = "/api/v1/problems"

texts.add(api_english.TEXTS)


@dataclass(frozen=True)
class ProblemType:
    """What a problem is called, its status, and what it means to who calls the API."""

    name: str
    status: int
    title: str
    meaning: str


# By their names, in the order of their declaration.
TYPES: dict[str, ProblemType] = {}


def declare(name: str, status: int, title: str, meaning: str) -> ProblemType:
    """Return a type of problems, which has a page from now on.

    `name` is a part of an address: lower-case letters, digits and hyphens.
    """
    TYPES[name] = ProblemType(name, status, title, meaning)
    return TYPES[name]


INVALID_FIELDS = declare(
    "invalid-fields",
    422,
    "Unprocessable Content",
    "Some fields of the body, or parameters of the query, break a rule. Each entry of "
    "errors names one, by a JSON pointer or by its parameter, and the rule. Nothing "
    "has changed: correct them, and send the request again.",
)
CONFLICT = declare(
    "conflict",
    409,
    "Conflict",
    "The request is right by itself, but not beside what is stored, such as an address "
    "that is taken. Nothing has changed.",
)


def init_app(app: Flask) -> None:
    # Public, and in front of the log-in that the API may ask for.
    app.add_url_rule(PATH, "problem_types", list_types)
    app.add_url_rule(f"{PATH}/<name>", "problem_type", show_type)


def refuse(
    kind: ProblemType,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> NoReturn:
    """Answer with a problem of a type; `more` are extension members."""
    response = problem(kind.status, kind.title, detail, type=address(kind), **more)
    response.headers.update(headers or {})
    abort(response)


def address(kind: ProblemType) -> str:
    """Return the path of a type's page, which is the `type` of its problems."""
    return url_for("problem_type", name=kind.name)


def list_types() -> str:
    """Return a page about all types."""
    return page("Problem types", TYPES.values())


def show_type(name: str) -> str:
    """Return the page about a type; 404 for a name that no type has."""
    kind = TYPES.get(name) or abort(404)
    return page(kind.title, [kind])


def page(title: str, kinds: Collection[ProblemType]) -> str:
    """Return a page about some types."""
    return render_template("api/problems.html", title=title, kinds=kinds)
