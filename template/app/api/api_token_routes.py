"""The tokens of the account, as the API has them."""

from __future__ import annotations

from flask import abort
from flask import jsonify
from flask import Response
from flask.typing import ResponseReturnValue

from app.accounts import api_tokens
from app.accounts import bearer
from app.accounts.access import current_user
from app.accounts.reauthentication import reauthentication_required
from app.api import bp
from app.api.token_schemas import NewTokenOut
from app.api.token_schemas import TokenIn
from app.api.token_schemas import TokenOut
from app.core.operations import operation


@bp.get("/tokens")
@operation(returns=list[TokenOut], problems=(403,))
@bearer.write_required
def list_tokens() -> Response:
    """The tokens of the account, the newest first, also expired ones."""
    rows = api_tokens.of_user(current_user.id)
    return jsonify(
        [TokenOut.model_validate(row).model_dump(mode="json") for row in rows]
    )


@bp.post("/tokens")
@operation(returns=NewTokenOut, status=201, body=TokenIn, problems=(404, 409))
@bearer.write_required
@reauthentication_required
def create_token() -> ResponseReturnValue:
    """Make a token. This answer has its text, which is not shown again."""
    given, account = TokenIn.from_body(), current_user.id
    lifetime = bearer.limited_lifetime(given.lifetime())
    try:
        text = api_tokens.create(account, given.name, given.scopes, lifetime)
    except api_tokens.NotMadeError as error:
        abort(409, str(error))

    row = api_tokens.row_of(text) or abort(404, "The token is revoked already.")
    made = TokenOut.model_validate(row).model_dump()
    return jsonify(NewTokenOut(**made, token=text).model_dump(mode="json")), 201


# A larger number is no id of any of the databases.
@bp.delete("/tokens/<int(max=2147483647):token_id>")
@operation(status=204)
@bearer.write_required
@reauthentication_required
def revoke_token(token_id: int) -> ResponseReturnValue:
    """Revoke a token of the account."""
    if not api_tokens.revoke(token_id, current_user.id):
        abort(404, "There is no such token.")
    return "", 204


# Add your routes below this line.
