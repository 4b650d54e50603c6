"""The routes of the API."""

from __future__ import annotations

import sqlalchemy as sa
from flask import abort
from flask import jsonify
from flask import Response
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import administration
from app.accounts import users
from app.accounts.access import admin_required
from app.accounts.access import current_user
from app.accounts.reauthentication import reauthentication_required
from app.api import bp
from app.api.requests import invalid
from app.api.schemas import Page
from app.api.schemas import UserIn
from app.api.schemas import UserOut
from app.core.operations import LOCATION
from app.core.operations import NEXT_PAGE
from app.core.operations import operation
from app.extensions import db
from app.models import User


@bp.get("/users")
@operation(returns=list[UserOut], query=Page, headers=NEXT_PAGE)
def list_users() -> Response:
    """The accounts, by id: an administrator sees all, others see their own."""
    page = Page.from_query()
    chosen = sa.select(User).where(User.id > page.after).order_by(User.id)
    if not current_user.is_admin:
        chosen = chosen.where(User.id == current_user.id)

    # One more than requested shows whether there is a next page.
    found = db.session.scalars(chosen.limit(page.limit + 1)).all()
    shown = found[: page.limit]
    response = jsonify([shape(user) for user in shown])
    if len(found) > len(shown):
        address = url_for("api.list_users", after=shown[-1].id, limit=page.limit)
        response.headers["Link"] = f'<{address}>; rel="next"'

    return response


# A larger number is no id of any of the databases.
@bp.get("/users/<int(max=2147483647):user_id>")
@operation(returns=UserOut, problems=(403,))
def get_user(user_id: int) -> Response:
    """One account."""
    # Checked first, so that a response does not reveal which ids exist.
    if user_id != current_user.id and not current_user.is_admin:
        abort(403, "You may see your own account.")

    user = db.session.get(User, user_id)
    if user is None:
        abort(404, "There is no such account.")
    return jsonify(shape(user))


@bp.post("/users")
@operation(
    returns=UserOut, status=201, body=UserIn, headers=LOCATION, problems=(403, 409)
)
@admin_required
@reauthentication_required
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
    return jsonify(shape(user)), 201, location


def shape(user: User) -> dict[str, object]:
    """Return the API's view of an account, without the password hash."""
    return UserOut.model_validate(user).model_dump(mode="json")


# Add your routes below this line.
