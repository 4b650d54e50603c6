"""Tokens with which programs use an account: made, found, listed and revoked.

A token is a prefix, 30 random characters, and 6 characters of a checksum: scanners of
source code recognise it. The database has its SHA-256, which is enough for text of
this length, and its last four characters. It is shown once.

A token is valid while its account is active. A change of the password does not end it.

Settings: API_TOKEN_PREFIX. Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from functools import cache
from typing import Any
from typing import cast
from typing import NamedTuple

import sqlalchemy as sa
from flask import current_app
from flask import Flask
from sqlalchemy.orm import lazyload

from app.accounts import api_english
from app.accounts import sessions
from app.core import texts
from app.core import transactions
from app.core.known_settings import site
from app.core.texts import text as text_of
from app.extensions import db
from app.models import ApiToken
from app.models import User

READ, READ_WRITE = "read", "read write"

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LENGTH, CHECKSUM_LENGTH = 30, 6
FORM = re.compile(r"[a-z][a-z0-9_]{1,30}_([0-9A-Za-z]{30})([0-9A-Za-z]{6})")

MAX_NAME_LENGTH = 80
MAX_TOKENS = 100  # of one account

# A row is written at most this often, not at every request.
USED_EVERY = timedelta(minutes=5)

texts.add(api_english.TEXTS)


class NotMadeError(ValueError):
    """The account can have no further token; the text says why."""


class Found(NamedTuple):
    """A valid token with its account, which belongs to no database session."""

    id: int
    user: User
    scopes: str
    expires_at: datetime | None
    last_used_at: datetime | None

    @property
    def may_write(self) -> bool:
        return "write" in self.scopes.split()


def create(user_id: int, name: str, scopes: str, lifetime: timedelta | None) -> str:
    """Return the text of a new token; with the lifetime None it does not expire.

    `scopes` is READ or READ_WRITE. Commits, unless the caller has uncommitted work.
    Raises ValueError for a name that `check_name` refuses and for other scopes, and
    NotMadeError.
    """
    if scopes not in (READ, READ_WRITE):
        raise ValueError(text_of("api_tokens.scopes", given=repr(scopes)))
    name, text, now = check_name(name), new_text(), datetime.now(UTC)
    row = ApiToken(
        user_id=user_id,
        name=name,
        token_hash=digest(text),
        hint=text[-4:],
        scopes=scopes,
        created_at=now,
        expires_at=None if lifetime is None else now + lifetime,
    )
    with transactions.commit_own_work(db.session()):
        check_room(user_id)
        db.session.add(row)
        db.session.flush()
        number = row.id
    sessions.log("token made", user_id, token=number, scopes=scopes)
    return text


def check_name(name: str) -> str:
    """Return the name without blanks at its ends; raises ValueError for a wrong one."""
    name = name.strip()
    if not name:
        raise ValueError(text_of("api_tokens.empty"))
    if len(name) > MAX_NAME_LENGTH:
        raise ValueError(text_of("api_tokens.long", most=MAX_NAME_LENGTH))
    # PostgreSQL stores no NUL; half a surrogate pair is stored nowhere.
    if not name.isprintable():
        raise ValueError(text_of("api_tokens.characters"))
    return name


def check_room(user_id: int) -> None:
    """Lock an account that may have another token; raises NotMadeError."""
    account = sa.select(User.id).where(User.id == user_id, User.is_active)
    # Locked: two at once would both be the last one that there may be.
    if db.session.scalar(account.with_for_update(key_share=True)) is None:
        raise NotMadeError(text_of("api_tokens.inactive"))
    counted = sa.select(sa.func.count(ApiToken.id)).where(ApiToken.user_id == user_id)
    if (db.session.scalar(counted) or 0) >= MAX_TOKENS:
        raise NotMadeError(text_of("api_tokens.many", most=MAX_TOKENS))


def new_text() -> str:
    """Return the text of a token, which is stored nowhere."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return f"{prefix()}_{body}{checksum(body)}"


def prefix() -> str:
    """Return what a new token begins with: the setting, or the project's name."""
    if own := current_app.config["API_TOKEN_PREFIX"]:
        return str(own).rstrip("_")
    content = site()
    name = content.get("cookie_name") or content.get("name", "")
    words = re.findall(r"[a-z0-9]+", name.lower())
    found = "_".join(words).lstrip(string.digits + "_")[:30].rstrip("_")
    return found if len(found) > 1 else "app"


def checksum(body: str) -> str:
    """Return six characters that show whether a text was copied whole."""
    number, found = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        found = ALPHABET[digit] + found
    return found


def has_form(text: str) -> bool:
    """Return whether a text is a token's, by its form and its checksum."""
    parts = FORM.fullmatch(text)
    return parts is not None and checksum(parts[1]) == parts[2]


def find(text: str) -> Found | None:
    """Return the valid token with a text, or None.

    A text without a token's form costs no query. No connection is held afterwards.
    """
    if not has_form(text):
        return None
    hashed = digest(text)
    values = {"token_hash": hashed, "now": datetime.now(UTC)}
    with db.session.session_factory() as own:
        row = own.execute(query(), values).one_or_none()
    if row is None or not hmac.compare_digest(row.token_hash, hashed):
        return None
    return Found(row.id, row.User, row.scopes, row.expires_at, row.last_used_at)


@cache
def query() -> sa.Executable:
    """Return the query for a token and its account, by `token_hash` and `now`."""
    return (
        sa.select(
            User,
            ApiToken.id,
            ApiToken.token_hash,
            ApiToken.scopes,
            ApiToken.expires_at,
            ApiToken.last_used_at,
        )
        .join(ApiToken, ApiToken.user_id == User.id)
        .where(ApiToken.token_hash == sa.bindparam("token_hash"), User.is_active)
        .where(
            sa.or_(
                ApiToken.expires_at.is_(None), ApiToken.expires_at > sa.bindparam("now")
            )
        )
        .options(lazyload("*"))
    )


def of_user(user_id: int) -> list[ApiToken]:
    """Return the tokens of an account, the newest first, also expired ones.

    No connection is held afterwards.
    """
    own_tokens = sa.select(ApiToken).where(ApiToken.user_id == user_id)
    with db.session.session_factory() as own:
        return list(own.scalars(own_tokens.order_by(ApiToken.id.desc())))


def row_of(text: str) -> ApiToken | None:
    """Return the row of a token by its text, also of an expired one, or None."""
    with db.session.session_factory() as own:
        return own.scalar(sa.select(ApiToken).filter_by(token_hash=digest(text)))


def revoke(number: int, user_id: int) -> bool:
    """Delete a token of an account; return whether the account had it.

    Commits, unless the caller has uncommitted work.
    """
    which = sa.and_(ApiToken.id == number, ApiToken.user_id == user_id)
    return bool(delete(user_id, which, token=number))


def revoke_all(user_id: int) -> int:
    """Delete all tokens of an account, and return their number.

    Commits, unless the caller has uncommitted work.
    """
    return delete(user_id, ApiToken.user_id == user_id)


def delete(user_id: int, which: sa.ColumnElement[bool], **fields: object) -> int:
    """Delete tokens of an account, log it, and return their number."""
    with transactions.commit_own_work(db.session()):
        done = db.session.execute(sa.delete(ApiToken).where(which))
        number = cast("sa.CursorResult[Any]", done).rowcount
    if number:
        sessions.log("tokens revoked", user_id, tokens=number, **fields)
    return number


def is_due(found: Found) -> bool:
    """Return whether the last use of a token has to be written again."""
    last = found.last_used_at
    return last is None or datetime.now(UTC) - last >= USED_EVERY


def note_use(app: Flask, number: int) -> None:
    """Write that a token was used; raises nothing.

    If this fails or would wait for a lock, a later request does it.
    """
    now = datetime.now(UTC)
    this, last = ApiToken.id == number, ApiToken.last_used_at
    due = sa.or_(last.is_(None), last <= now - USED_EVERY)
    free = sa.select(ApiToken.id).where(this, due).with_for_update(skip_locked=True)
    try:
        with app.app_context(), db.session.session_factory() as own:
            if own.scalar(free, execution_options={"lock_timeout": 0}) is None:
                return
            own.execute(sa.update(ApiToken).where(this).values(last_used_at=now))
            own.commit()
    except Exception as error:  # noqa: BLE001  # the answer has been sent
        app.logger.warning(
            "The last use of a token could not be saved: %s", type(error).__name__
        )


def digest(text: str) -> str:
    """Return the hash to store for a token; the token itself gives access."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
