"""Resources of the API: a list, one, create, change and delete, for rows of a table.

    class Notes(Resource):
        model, query = Note, NoteQuery
        returns, takes = NoteOut, NoteIn
        search = (Note.title,)


    Notes().add_to(bp, "/notes")

makes GET and POST /notes, and GET, PATCH and DELETE /notes/<note_id>, with all that
docs/api.md lists under "The pattern of a resource", and their part of the document. The
schemas are those of app/api/requests.py. The model has a key `id`; the columns of
`takes` are what a client sets.

    changes = (staff_only,)         # decorators of POST, PATCH and DELETE
    methods = ("GET", "POST")       # without the others, which may be views of yours

    def rows(self):                 # who sees which
        return sa.select(Note).where(Note.is_public)

    def new(self, given):           # what a client does not set
        return Note(is_public=False, **given.model_dump())

A row that breaks a rule of the database, such as a unique column, is a 409.

Maintained by copier-flask.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import abort
from flask import Blueprint
from flask import current_app
from flask import jsonify
from flask import url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

from app.core import etags
from app.core import idempotency
from app.core import merge_patch
from app.core import problems
from app.core import transactions
from app.core.api_lists import ApiList
from app.core.idempotency import idempotent
from app.core.operations import LOCATION
from app.core.operations import NEXT_PAGE
from app.core.operations import operation
from app.core.texts import text

View = Callable[..., ResponseReturnValue]
Decorator = Callable[[Any], Any]

# A larger number is no id of any of the databases.
MAX_ID = 2147483647

# What the views say about themselves in the document.
WORDS = {
    "list_rows": "Each {one} that the query asks for, a page at a time.",
    "get_row": "One {one}.",
    "create_row": "Create a new {one}.",
    "change_row": "Change fields of one {one}.",
    "delete_row": "Delete one {one}.",
}

logger = logging.getLogger(__name__)


class Resource:
    """Rows of a table as a resource; the module says what a subclass sets."""

    # A model, and schemas of app/api/requests.py.
    model: type[Any]
    returns: type[BaseModel]
    takes: type[Any]
    query: type[Any]
    search: Sequence[Any] = ()

    changes: Sequence[Decorator] = ()
    methods: Sequence[str] = ("GET", "POST", "PATCH", "DELETE")

    def rows(self) -> sa.Select[Any]:
        """Return the rows that the caller may see: all."""
        return sa.select(self.model)

    def new(self, given: Any) -> Any:
        """Return a new row with what the client has given."""
        return self.model(**given.model_dump())

    def shape(self, row: Any) -> dict[str, Any]:
        """Return what the API shows of a row."""
        return self.returns.model_validate(row).model_dump(mode="json")

    def add_to(self, bp: Blueprint, path: str) -> None:
        """Add the routes to a blueprint, the list at `path`, such as "/notes"."""
        noun, one = self.noun, f"{path}/<int(max={MAX_ID}):row_id>"
        several = re.sub(r"[^a-z0-9]+", "_", path.lower()).strip("_")
        for method, where, name, answer in (
            ("GET", path, f"list_{several}", self.list_rows),
            ("GET", one, f"get_{noun}", self.get_row),
            ("POST", path, f"create_{noun}", self.create_row),
            ("PATCH", one, f"change_{noun}", self.change_row),
            ("DELETE", one, f"delete_{noun}", self.delete_row),
        ):
            if method in self.methods:
                rule = where.replace("row_id", f"{noun}_id")
                bp.add_url_rule(rule, name, self.view(answer), methods=[method])

    @property
    def noun(self) -> str:
        """What one is called in the names of the views: "order_line"."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.model.__name__).lower()

    def view(self, answer: View) -> View:
        """Return the view of one of the methods below, described for the document."""
        name, one = answer.__name__, self.noun.replace("_", " ")

        def view(**ids: int) -> ResponseReturnValue:
            return answer(*ids.values())

        guarded: View = idempotent(view) if name == "create_row" else view
        if name not in ("list_rows", "get_row"):
            for decorator in reversed(self.changes):
                guarded = decorator(guarded)
        guarded.__doc__ = WORDS[name].format(one=one)
        return self.described(name)(guarded)

    def described(self, name: str) -> Callable[[View], View]:
        """Return the decorator that describes the view of a method."""
        refused = (403,) if self.changes else ()
        if name == "list_rows":
            several: Any = list[self.returns]  # type: ignore[name-defined]
            return operation(returns=several, query=self.query, headers=NEXT_PAGE)
        if name == "get_row":
            takes = etags.IF_NONE_MATCH
            return operation(returns=self.returns, headers=etags.ETAG, takes=takes)
        if name == "create_row":
            return operation(
                returns=self.returns,
                status=201,
                body=self.takes,
                headers={**LOCATION, **etags.ETAG},
                takes=idempotency.TAKES,
                problems=(*refused, 409),
            )
        if name == "change_row":
            return operation(
                returns=self.returns,
                body=self.takes,
                body_type=merge_patch.MIMETYPE,
                headers=etags.ETAG,
                takes=etags.IF_MATCH,
                problems=(*refused, 409, 412),
            )
        problems = (*refused, 409, 412)
        return operation(status=204, takes=etags.IF_MATCH, problems=problems)

    @cached_property
    def listed(self) -> ApiList:
        """What the list can be narrowed to and sorted by, from `query`."""
        return ApiList.of(self.model, self.query, search=self.search)

    def list_rows(self) -> ResponseReturnValue:
        """Return the page of the list that the query asks for."""
        found = self.listed.page(self.rows(), self.query.from_query())
        return jsonify([self.shape(row) for row in found.items]), 200, found.headers

    def get_row(self, row_id: int) -> ResponseReturnValue:
        """Return one, with its tag."""
        return etags.answer(self.shape(self.find(row_id)))

    def create_row(self) -> ResponseReturnValue:
        """Create one from the body, and return it with its address."""
        row = self.new(self.takes.from_body())
        with saving() as session:
            session.add(row)
            answer, number = self.saved(session, row), row.id
        address = url_for(f".get_{self.noun}", **{f"{self.noun}_id": number})
        return etags.answer(answer), 201, {"Location": address}

    def change_row(self, row_id: int) -> ResponseReturnValue:
        """Apply the merge patch of the body to one, and return it."""
        with saving() as session:
            row = self.locked(row_id)
            given = self.takes.from_merge_patch(row)
            for name, value in given.model_dump().items():
                setattr(row, name, value)
            answer = self.saved(session, row)
        return etags.answer(answer)

    def delete_row(self, row_id: int) -> ResponseReturnValue:
        """Delete one."""
        with saving() as session:
            session.delete(self.locked(row_id))
        return "", 204

    def find(self, row_id: int, *, lock: bool = False) -> Any:
        """Return one of the rows that the caller may see; 404 without it."""
        chosen = self.rows().where(self.model.id == row_id)
        session = current_app.extensions["sqlalchemy"].session
        found = session.scalars(chosen.with_for_update() if lock else chosen)
        return found.unique().one_or_none() or abort(404)

    def locked(self, row_id: int) -> Any:
        """Lock and return one; 412 if it is not what `If-Match` says."""
        row = self.find(row_id, lock=True)
        etags.check(self.shape(row))
        return row

    def saved(self, session: Any, row: Any) -> dict[str, Any]:
        """Return the shape of a row as the database has it, before others change it."""
        session.flush()
        session.refresh(row)
        return self.shape(row)


@contextmanager
def saving() -> Iterator[Any]:
    """Commit what the block does, and give it the session; 409 for a broken rule."""
    session = current_app.extensions["sqlalchemy"].session()
    try:
        with transactions.commit_own_work(session):
            yield session
    except IntegrityError as error:
        logger.warning("Refused by the database: %s", type(error.orig).__name__)
        problems.refuse(problems.CONFLICT, text("resources.conflict"))
