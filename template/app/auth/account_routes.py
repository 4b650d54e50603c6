"""What people do with their accounts."""

from __future__ import annotations

from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import reauthentication
from app.accounts import throttling
from app.accounts.access import login_required
from app.accounts.redirects import own_path
from app.auth import bp
from app.auth.forms import TypedPasswordForm


@bp.route("/reauthenticate", methods=["GET", "POST"])
@login_required
@throttling.limit_password_checks
def reauthenticate() -> ResponseReturnValue:
    """Ask for the password again, and redirect to the page that required it."""
    form = TypedPasswordForm()
    if form.validate_on_submit():
        if reauthentication.confirm(form.text("password")):
            target = own_path(request.args.get("next"))
            return redirect(target or url_for("dashboard.index"))
        form.password.errors = ["This is not your password."]

    return render_template("auth/reauthenticate.html", form=form)


# Add your pages below this line.
