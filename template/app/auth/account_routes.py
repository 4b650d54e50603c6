"""What people do with their accounts."""

from __future__ import annotations

from flask import abort
from flask import current_app
from flask import flash
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import deletion
from app.accounts import reauthentication
from app.accounts import session_list
from app.accounts import throttling
from app.accounts.access import login_required
from app.accounts.administration import LastAdministratorError
from app.accounts.redirects import own_path
from app.auth import bp
from app.auth import ID
from app.auth.forms import TypedPasswordForm


@bp.get("/sessions")
@login_required
def sessions() -> str:
    """Where the account is logged in."""
    return render_template("auth/sessions.html", own=session_list.own_sessions())


@bp.post(f"/sessions/{ID}/end")
@login_required
def end_session(number: int) -> ResponseReturnValue:
    """Log out in one browser."""
    if not session_list.end_one(number):
        abort(404, "There is no such session. It may have ended already.")
    flash("That browser has been logged out.", "success")
    return redirect(url_for("auth.sessions"))


@bp.post("/sessions/end-others")
@login_required
def end_other_sessions() -> ResponseReturnValue:
    """Log out in all browsers but this one."""
    session_list.end_others()
    flash("All other browsers have been logged out.", "success")
    return redirect(url_for("auth.sessions"))


@bp.route("/delete", methods=["GET", "POST"])
@login_required
@throttling.limit_password_checks
def delete() -> ResponseReturnValue:
    """Delete the account, at once or after DELETION_GRACE."""
    form = TypedPasswordForm()
    if form.validate_on_submit():
        try:
            done = deletion.delete_own(form.text("password"))
        except (LastAdministratorError, deletion.StillReferredError) as error:
            form.form_errors.append(str(error))
        else:
            if done:
                flash(after_deletion(done), "success")
                return redirect(url_for("main.index"))
            form.password.errors = ["This is not your password."]

    grace = current_app.config["DELETION_GRACE"]
    return render_template("auth/delete.html", form=form, grace=grace)


def after_deletion(done: deletion.Deletion) -> str:
    """Return what is said to someone who has deleted the account."""
    if done.when is None:
        return "Your account has been deleted."
    return (
        f"You are logged out. Your account will be deleted on {done.when:%d %B %Y}. To "
        "keep it, log in before that day."
    )


@bp.route("/reauthenticate", methods=["GET", "POST"])
@login_required
@throttling.limit_password_checks
def reauthenticate() -> ResponseReturnValue:
    """Ask for the password again, and redirect to the page that required it."""
    form = TypedPasswordForm()
    if form.validate_on_submit():
        if reauthentication.confirm(form.text("password")):
            # The log-in page redirects to the first page of an account.
            target = own_path(request.args.get("next")) or url_for("auth.login")
            return redirect(target)
        form.password.errors = ["This is not your password."]

    return render_template("auth/reauthenticate.html", form=form)


# Add your pages below this line.
