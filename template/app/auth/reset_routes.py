"""A new password by a link from a mail, or from `flask users reset-link`."""

from __future__ import annotations

from flask import flash
from flask import redirect
from flask import render_template
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import resets
from app.accounts.token_pages import token_page
from app.auth import bp
from app.auth.forms import NewPasswordForm


@bp.route("/reset/<token>", methods=["GET", "POST"])
@token_page
def reset_token(token: str) -> ResponseReturnValue:
    """Choose a new password. Opening the link changes nothing."""
    email = resets.address_of(token)
    form = NewPasswordForm()
    if email and form.validate_on_submit():
        try:
            if resets.set_password(token, form.text("password")):
                flash("Your password has been changed. You can log in now.", "success")
                return redirect(url_for("auth.login"))
            email = None
        except ValueError as refused:
            form.password.errors = [str(refused)]

    if email is None:
        return render_template("auth/old_link.html", again="auth.reset"), 410
    return render_template("auth/new_password.html", form=form, email=email)
