"""The routes of the API."""

from __future__ import annotations

import sqlalchemy as sa
from flask import abort
from flask import jsonify
from flask import Response
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import account_changes
from app.accounts import administration
from app.accounts import deletion
from app.accounts import sessions
from app.accounts import users
from app.accounts.access import admin_required
from app.accounts.access import current_user
from app.accounts.administration import LastAdministratorError
from app.accounts.reauthentication import reauthentication_required
from app.api import bp
from app.api.requests import invalid
from app.api.schemas import UserChange
from app.api.schemas import UserIn
from app.api.schemas import UserOut
from app.api.schemas import UserQuery
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
from app.extensions import db
from app.models import User

# isort: split
# Add your imports below this line.

# What a list of accounts can be sorted by and narrowed to.
USERS = ApiList.of(User, UserQuery, search=[User.email])


@bp.get("/users")
@operation(returns=list[UserOut], query=UserQuery, headers=NEXT_PAGE)
def list_users() -> ResponseReturnValue:
    """The accounts: an administrator sees all, others see their own."""
    chosen = sa.select(User).options(sessions.WITHOUT_RELATED)
    if not current_user.is_admin:
        chosen = chosen.where(User.id == current_user.id)

    found = USERS.page(chosen, UserQuery.from_query())
    return jsonify([shape(user) for user in found.items]), 200, found.headers


# A larger number is no id of any of the databases.
@bp.get("/users/<int(max=2147483647):user_id>")
@operation(
    returns=UserOut, headers=etags.ETAG, takes=etags.IF_NONE_MATCH, problems=(403,)
)
def get_user(user_id: int) -> Response:
    """One account."""
    # Checked first, so that a response does not reveal which ids exist.
    if user_id != current_user.id and not current_user.is_admin:
        abort(403, "You may see your own account.")

    user = db.session.get(User, user_id)
    if user is None:
        abort(404, "There is no such account.")
    return etags.answer(shape(user))


@bp.post("/users")
@operation(
    returns=UserOut,
    status=201,
    body=UserIn,
    headers={**LOCATION, **etags.ETAG},
    takes=idempotency.TAKES,
    problems=(403, 409),
)
@admin_required
@reauthentication_required
@idempotent
def create_user() -> ResponseReturnValue:
    """Make an account. It may be an administrator, so the log-in must be recent."""
    given, by = UserIn.from_body(), current_user.id
    try:
        user = administration.create(
            given.email, given.password, by=by, is_admin=given.is_admin
        )
    except users.EmailTakenError as taken:
        invalid([{"pointer": "#/email", "detail": str(taken)}], 409)

    location = {"Location": url_for("api.get_user", user_id=user.id)}
    return etags.answer(shape(user)), 201, location


@bp.patch("/users/<int(max=2147483647):user_id>")
@operation(
    returns=UserOut,
    body=UserChange,
    body_type=merge_patch.MIMETYPE,
    headers=etags.ETAG,
    takes=etags.IF_MATCH,
    problems=(403, 409, 412),
)
@admin_required
@reauthentication_required
def change_user(user_id: int) -> ResponseReturnValue:
    """Change what an account may do. One administrator stays."""
    by = current_user.id
    try:
        with transactions.commit_own_work(db.session()):
            user = locked(user_id)
            given = UserChange.from_merge_patch(user)
            account_changes.set_rights(user, by, **given.model_dump())
    except LastAdministratorError as error:
        problems.refuse(problems.CONFLICT, str(error))
    return etags.answer(shape(user))


@bp.delete("/users/<int(max=2147483647):user_id>")
@operation(status=204, takes=etags.IF_MATCH, problems=(403, 409, 412))
@admin_required
@reauthentication_required
def delete_user(user_id: int) -> ResponseReturnValue:
    """Delete an account with its rows, at once."""
    try:
        with transactions.commit_own_work(db.session()):
            deletion.delete(locked(user_id).id, sa.true())
    except (LastAdministratorError, deletion.StillReferredError) as error:
        problems.refuse(problems.CONFLICT, str(error))
    return "", 204


def locked(user_id: int) -> User:
    """Lock and return an account; 404 if there is none, 412 by `If-Match`."""
    user = account_changes.lock(user_id)
    if user is None:
        abort(404, "There is no such account.")
    etags.check(shape(user))
    return user


def shape(user: User) -> dict[str, object]:
    """Return the API's view of an account, without the password hash."""
    return UserOut.model_validate(user).model_dump(mode="json")


# Add your routes below this line.
