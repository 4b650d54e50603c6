"""`Idempotency-Key`: a request that is sent twice is done once.

A client that gets no answer cannot know whether its POST has arrived. It sends each
with a key that it makes itself, such as a UUID, and sends the same again until there is
an answer:

    @bp.post("/notes")
    @idempotent
    def create_note() -> ResponseReturnValue:

Write it last, so that only a request that is allowed claims its key. The first request
is done; its answer, if it is a success, is kept for KEPT and given to each later one
with the same key. One that comes meanwhile waits for that answer. After any other
answer the key is free again. A key belongs to the account, the method and the path, and
another body with it is 422.

The answer is stored as it was sent: do not use it on a view that shows a secret once.

`flask idempotency prune` deletes what is older than KEPT, and so does now and then a
request with a key.

Settings: SECRET_KEY, SECRET_KEY_FALLBACKS. Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import time
from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from functools import wraps
from importlib import import_module
from typing import Any
from typing import cast
from typing import NoReturn
from typing import TypeVar

import click
import sqlalchemy as sa
from flask import current_app
from flask import Flask
from flask import json
from flask import request
from flask import Response
from flask.cli import AppGroup
from flask.typing import ResponseReturnValue
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from app.core import problems
from app.core import transactions
from app.core.database import Base
from app.core.errors import RETRY_AFTER
from app.core.texts import text

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY = re.compile(r"[\x21-\x7e]{1,255}")

# For `operation`: what requests have in their heads.
TAKES = {HEADER: "A text of your own: a repetition with it is not done again."}

KEPT = timedelta(hours=24)
PRUNE_EVERY = 3_600  # seconds, in each process
MAX_PRUNED = 1_000  # rows in one statement

# Seconds that a request waits for the answer of the first one, and between two looks.
MAX_WAIT = 10
MIN_PAUSE, MAX_PAUSE = 0.02, 0.25

# What a kept answer has besides its status and its body.
KEPT_HEADERS = ("Content-Type", "ETag", "Link", "Location")

REUSED = problems.declare(
    "idempotency-key-reused",
    422,
    "Unprocessable Content",
    "The key of Idempotency-Key was sent before with another body or query. Nothing "
    "has changed: send each new request with a new key.",
)
IN_USE = problems.declare(
    "idempotency-key-in-use",
    409,
    "Conflict",
    "The first request with this key has not been answered yet. Send it again after "
    "the seconds of Retry-After. If that does not end, the first one has failed "
    "without a trace: look whether it has done what you wanted, and use a new key.",
)

commands = AppGroup("idempotency", help="The kept answers to repeated requests.")

logger = logging.getLogger(__name__)


class IdempotencyKey(Base):
    """A request with a key, and its answer when there is one."""

    __tablename__ = "idempotency_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Of account, method, path and key.
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    body_hash: Mapped[str] = mapped_column(sa.String(64))
    # JSON with status, headers and body, all in ASCII.
    answer: Mapped[str | None] = mapped_column(
        sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql")
    )
    created_at: Mapped[datetime] = mapped_column(index=True)


def init_app(app: Flask) -> None:
    app.extensions["idempotency_pruned"] = time.monotonic()
    # A command of this name that is the owner's stays.
    app.cli.commands.setdefault("idempotency", commands)


def idempotent(view: View) -> View:
    """Return a view that does a request with `Idempotency-Key` once.

    Without the header it is done each time.
    """

    @wraps(view)
    def once(*args: object, **kwargs: object) -> ResponseReturnValue:
        def work() -> ResponseReturnValue:
            answer: ResponseReturnValue = current_app.ensure_sync(view)(*args, **kwargs)
            return answer

        given = request.headers.get(HEADER)
        return work() if given is None else do_once(given, work)

    return cast("View", once)


def do_once(key: str, work: Callable[[], ResponseReturnValue]) -> Response:
    """Return the answer to a request, from `work` or kept from an earlier one.

    Raises BadRequest for a key that is too long or no ASCII, and answers 422 to a key
    of another request, and 409 if the first one takes longer than MAX_WAIT.
    """
    if not KEY.fullmatch(key):
        raise BadRequest(text("idempotency.key", header=HEADER))
    slot = digest(account(), request.method, request.path, key)
    bodies = digests_of_body()

    deadline, pause = time.monotonic() + MAX_WAIT, MIN_PAUSE
    while earlier := claim(slot, bodies[0]):
        if earlier.body_hash not in bodies:
            problems.refuse(REUSED, text("idempotency.reused"))
        if earlier.answer is not None:
            return replay(earlier.answer)
        if time.monotonic() > deadline:
            refuse_for_now()
        time.sleep(pause)
        pause = min(2 * pause, MAX_PAUSE)

    response = done(slot, work)
    prune_now_and_then()
    return response


def refuse_for_now() -> NoReturn:
    """Answer 409: the first request with this key is not done."""
    retry = {"Retry-After": str(RETRY_AFTER)}
    problems.refuse(IN_USE, text("idempotency.in_use"), headers=retry)


def account() -> str:
    """Return the id of the account of this request, empty if there is none."""
    # Not imported: a project without accounts has no Flask-Login.
    if not hasattr(current_app, "login_manager"):
        return ""
    user = import_module("flask_login").current_user._get_current_object()
    state = sa.inspect(user, raiseerr=False)
    return str(state.identity) if state else ""


def joined(*parts: str | bytes) -> bytes:
    """Return some texts as one, in which no two of them run together."""
    raw = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(len(part).to_bytes(8) + part for part in raw)


def digest(*parts: str) -> str:
    """Return a hash of some texts."""
    return hashlib.sha256(joined(*parts)).hexdigest()


def digests_of_body() -> list[str]:
    """Return the hash of query and body by each secret key, the present one first.

    Keyed: a body may have a password, and a plain hash of it could be guessed at by
    whoever has read the table.
    """
    config = current_app.config
    keys = [config["SECRET_KEY"], *(config["SECRET_KEY_FALLBACKS"] or ())]
    content = joined(request.query_string, request.get_data())
    raw = [key.encode() if isinstance(key, str) else key for key in keys]
    return [hmac.digest(key, content, "sha256").hex() for key in raw]


def database_session() -> Session:
    """Return the session of this request."""
    session: Session = current_app.extensions["sqlalchemy"].session()
    return session


def claim(slot: str, body: str) -> IdempotencyKey | None:
    """Claim a slot and return None, or return the row of the request that has it.

    Commits, unless the caller has uncommitted work. No connection is held afterwards.
    """
    session = database_session()
    now = datetime.now(UTC)
    earlier = find(slot)
    if earlier is not None and earlier.created_at > now - KEPT:
        return earlier

    row = {"key_hash": slot, "body_hash": body, "created_at": now}
    try:
        with transactions.commit_own_work(session):
            if earlier is not None:
                same = sa.and_(
                    IdempotencyKey.id == earlier.id,
                    IdempotencyKey.created_at == earlier.created_at,
                )
                session.execute(sa.delete(IdempotencyKey).where(same))
            session.execute(sa.insert(IdempotencyKey).values(row))
    except IntegrityError:
        # Another request was faster; None if it has freed the slot again already.
        return find(slot) or claim(slot, body)
    return None


def find(slot: str) -> IdempotencyKey | None:
    """Return the row of a slot. No connection is held, unless the caller has work."""
    session = database_session()
    wanted = sa.select(IdempotencyKey).where(IdempotencyKey.key_hash == slot)
    with session.no_autoflush:
        found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is not None:
        session.expunge(found)
    # The next look must see what is committed meanwhile.
    transactions.release_connection(session)
    return found


def done(slot: str, work: Callable[[], ResponseReturnValue]) -> Response:
    """Return the answer of `work`, and keep it in a slot if it is a success."""
    try:
        response = current_app.make_response(work())
    except BaseException:
        # What the view has not committed is not saved either.
        database_session().rollback()
        free(slot)
        raise

    try:
        if response.status_code < 300 and not response.is_streamed:
            keep(slot, response)
        else:
            free(slot)
    except SQLAlchemyError as error:
        # It is done, and its answer goes out; a repetition gets 409.
        logger.error("The answer to a repeated request is not kept: %s", error)
    return response


def keep(slot: str, response: Response) -> None:
    """Store an answer for later requests."""
    answer = {
        "status": response.status_code,
        "headers": {
            name: response.headers[name]
            for name in KEPT_HEADERS
            if name in response.headers
        },
        "body": response.get_data(as_text=True),
    }
    change(sa.update(IdempotencyKey).values(answer=json.dumps(answer)), slot)


def free(slot: str) -> None:
    """Make a slot free for another request."""
    change(sa.delete(IdempotencyKey), slot)


def change(statement: sa.Update | sa.Delete, slot: str) -> None:
    """Change or delete the row of a slot."""
    session = database_session()
    with transactions.commit_own_work(session):
        session.execute(statement.where(IdempotencyKey.key_hash == slot))


def replay(kept: str) -> Response:
    """Return a kept answer."""
    answer: dict[str, Any] = json.loads(kept)
    response = Response(answer["body"], answer["status"], answer["headers"])
    response.headers[REPLAYED] = "true"
    return response


def prune() -> int:
    """Delete the rows that are older than KEPT; return how many.

    Each MAX_PRUNED of them are committed by themselves.
    """
    session = database_session()
    old = sa.select(IdempotencyKey.id).where(
        IdempotencyKey.created_at <= datetime.now(UTC) - KEPT
    )
    some = old.order_by(IdempotencyKey.id).limit(MAX_PRUNED)
    pruned = 0
    while ids := session.scalars(some).all():
        with transactions.commit_own_work(session):
            session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.id.in_(ids)))
        pruned += len(ids)
    return pruned


def prune_now_and_then() -> None:
    """Prune, if this process has not done it for PRUNE_EVERY."""
    now = time.monotonic()
    if now - current_app.extensions["idempotency_pruned"] < PRUNE_EVERY:
        return
    current_app.extensions["idempotency_pruned"] = now
    try:
        prune()
    except SQLAlchemyError as error:
        logger.warning("Old idempotency keys are not pruned: %s", error)


@commands.command("prune")
def prune_command() -> None:
    """Delete the answers that were kept for longer than 24 hours."""
    click.echo(f"Deleted {prune()}.")
