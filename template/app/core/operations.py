"""What a route of the API takes and answers, as `operation` above its view says.

    @bp.get("/notes/<int:note_id>")
    @operation(returns=NoteOut)
    def get_note(note_id: int) -> Response:
        "One note."

app/core/openapi.py makes the document from it and from the route. A route without it is
not in the document.

Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import TypeVar

from pydantic import BaseModel

View = TypeVar("View", bound=Callable[..., Any])

# The name under which a view keeps its description; decorators around it copy it.
KEY = "api_operation"

# Header fields that many views have: what they hold.
LOCATION = {"Location": "The address of what was made."}
NEXT_PAGE = {"Link": 'The address of the next page, with rel="next", if there is one.'}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a view takes and answers. The docstring of the view says what it does."""

    # The type of the answer, such as NoteOut or list[NoteOut]; None for an empty one.
    returns: Any = None
    status: int = 200
    # What the answer says, as a sentence; empty: by its status and its type.
    answer: str = ""
    # The fields of the answer's head, with what they hold.
    headers: Mapping[str, str] = field(default_factory=dict)
    # The schemas of the query and of the body.
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    body_type: str = "application/json"
    # Fields of the request's head that the view reads, with what they mean.
    takes: Mapping[str, str] = field(default_factory=dict)
    # Statuses of errors, beside those that follow from what it takes.
    problems: tuple[int, ...] = ()
    # False: the view answers without credentials.
    secured: bool = True
    deprecated: bool = False


def operation(
    *,
    returns: Any = None,
    status: int = 200,
    answer: str = "",
    headers: Mapping[str, str] | None = None,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    body_type: str = "application/json",
    takes: Mapping[str, str] | None = None,
    problems: tuple[int, ...] = (),
    secured: bool = True,
    deprecated: bool = False,
) -> Callable[[View], View]:
    """Return a decorator that describes a view; `Operation` explains the arguments."""
    described = Operation(
        returns=returns,
        status=status,
        answer=answer,
        headers=headers or {},
        query=query,
        body=body,
        body_type=body_type,
        takes=takes or {},
        problems=problems,
        secured=secured,
        deprecated=deprecated,
    )

    def describe(view: View) -> View:
        vars(view)[KEY] = described
        return view

    return describe


def of(view: Callable[..., Any]) -> Operation | None:
    """Return the description of a view, None if it has none."""
    described: Operation | None = getattr(view, KEY, None)
    return described
