"""The tokens with which programs use an account."""

from __future__ import annotations

from datetime import datetime
from datetime import UTC

from flask import abort
from flask import flash
from flask import redirect
from flask import render_template
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import api_tokens
from app.accounts.access import current_user
from app.accounts.access import login_required
from app.accounts.reauthentication import reauthentication_required
from app.auth import bp
from app.auth import ID
from app.auth.token_forms import SCOPES
from app.auth.token_forms import TokenForm


@bp.route("/tokens", methods=["GET", "POST"])
@login_required
@reauthentication_required
def tokens() -> ResponseReturnValue:
    """The tokens of the account; the page shows the text of a new one, this once."""
    form, made, account = TokenForm(), None, current_user.id
    if form.validate_on_submit():
        try:
            made = api_tokens.create(
                account, form.text("name"), form.text("scopes"), form.lifetime()
            )
        except api_tokens.NotMadeError as error:
            form.form_errors.append(str(error))
        else:
            form = TokenForm(formdata=None)  # for the next one

    return render_template(
        "auth/tokens.html",
        form=form,
        made=made,
        own=api_tokens.of_user(account),
        scopes=SCOPES,
        now=datetime.now(UTC),
    )


@bp.post(f"/tokens/{ID}/revoke")
@login_required
@reauthentication_required
def revoke_token(number: int) -> ResponseReturnValue:
    """Revoke a token: programs that have it can no longer use the account."""
    if not api_tokens.revoke(number, current_user.id):
        abort(404, "There is no such token. It may have been revoked already.")
    flash("The token has been revoked.", "success")
    return redirect(url_for("auth.tokens"))


# Add your pages below this line.
