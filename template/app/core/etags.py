"""Versions of resources: `ETag`, `If-Match` and `If-None-Match` (RFC 9110).

A resource is read together with its tag. Who changes it sends the tag back in
`If-Match`, and gets 412 if someone else has changed it meanwhile:

    with transactions.commit_own_work(db.session()):
        note = db.session.get(Note, note_id, with_for_update=True) or abort(404)
        etags.check(shape(note))
        ...

The row is locked from the comparison to the commit, so of many who send the same tag
one succeeds. The tag is made of what the API shows, so a table needs no column for it.

No answer of the API is stored by a cache, unless the view sets `Cache-Control` itself.

Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib

from flask import Flask
from flask import json
from flask import jsonify
from flask import request
from flask import Response

from app.core import problems
from app.core.errors import API_PREFIX
from app.core.texts import text as text_of

# For `operation`: what requests and answers have in their heads.
ETAG = {"ETag": "The version of the resource, for If-Match and If-None-Match."}
IF_MATCH = {"If-Match": "The ETag that was read: 412 if it has changed since."}
IF_NONE_MATCH = {"If-None-Match": "The ETag that was read: 304 if it is the same."}

OUTDATED = problems.declare(
    "outdated",
    412,
    "Precondition Failed",
    "The resource is no longer what If-Match says, because someone else has changed "
    "it. Nothing has changed: read it again, and repeat the change with its new ETag.",
)


def init_app(app: Flask) -> None:
    app.after_request(keep_out_of_caches)


def keep_out_of_caches(response: Response) -> Response:
    """Add `Cache-Control: no-store` to an answer under /api/ that has no other one."""
    if request.path.startswith(API_PREFIX):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def tag(shape: object) -> str:
    """Return the tag of a resource, from what the API shows of it."""
    text = json.dumps(shape, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def answer(shape: object) -> Response:
    """Return a resource as JSON with its tag; 304 for a client that has it already."""
    response = jsonify(shape)
    response.set_etag(tag(shape))
    response.make_conditional(request)
    return response


def check(shape: object) -> None:
    """Answer 412 if the request has `If-Match` with another tag.

    Call it while the row is locked, with its present shape. `If-Match: *` is any.
    """
    # Not only by the parsed tags: a header without a tag fits nothing.
    if "If-Match" in request.headers and not request.if_match.contains(tag(shape)):
        problems.refuse(OUTDATED, text_of("etags.outdated"))
