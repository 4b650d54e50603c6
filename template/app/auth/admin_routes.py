"""The accounts, for administrators, and invitations."""

from __future__ import annotations

from flask import abort
from flask import flash
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import administration
from app.accounts import invitations
from app.accounts import sessions
from app.accounts import throttling
from app.accounts import users
from app.accounts.access import admin_required
from app.accounts.access import current_user
from app.accounts.reauthentication import reauthentication_required
from app.accounts.token_pages import token_page
from app.auth import bp
from app.auth import ID
from app.auth.forms import InvitationForm
from app.auth.forms import InviteForm
from app.models import User

# What the buttons on the page of an account do, and say afterwards.
ACTS = {
    "activate": (administration.activate, "The account can log in again."),
    "deactivate": (administration.deactivate, "The account cannot log in any more."),
    "promote": (administration.promote, "The account is now an administrator."),
    "demote": (administration.demote, "The account is no longer an administrator."),
    "end-sessions": (administration.end_sessions, "The account has been logged out."),
}

# The same for the account of the administrator who presses the button.
OWN_ACTS = {
    "deactivate": "Your account is deactivated. You are logged out.",
    "demote": "You are no longer an administrator.",
    "end-sessions": "You are logged out everywhere.",
}


@bp.get("/users")
@admin_required
def list_users() -> str:
    """The accounts, the newest first, or those that are looked for."""
    search, only = request.args.get("q", ""), request.args.get("only", "")
    pages = administration.list_accounts(search, only)
    return render_template("auth/users/list.html", pages=pages, q=search, only=only)


@bp.get(f"/users/{ID}")
@admin_required
@reauthentication_required
def show_user(number: int) -> str:
    """One account with its sessions, and what can be done with it."""
    user = administration.find(number) or abort(404, "There is no such account.")
    return render_template(
        "auth/users/user.html", user=user, sessions=administration.sessions_of(user)
    )


@bp.post(f"/users/{ID}/<act>")
@admin_required
@reauthentication_required
def change_user(number: int, act: str) -> ResponseReturnValue:
    """Do one of ACTS with an account."""
    user = administration.find(number)
    if user is None or act not in ACTS:
        abort(404)
    (function, done), own = ACTS[act], current_user.id
    try:
        function(user, by=own)
    except administration.LastAdministratorError as error:
        flash(str(error), "error")
    else:
        if number == own and act in OWN_ACTS:
            flash(OWN_ACTS[act], "success")
            return redirect(url_for("main.index"))
        flash(done, "success")
    return redirect(url_for("auth.show_user", number=number))


@bp.route("/users/invite", methods=["GET", "POST"])
@admin_required
@reauthentication_required
def invite() -> ResponseReturnValue:
    """Invite an address; the page shows the link, this once."""
    form, made = InviteForm(), None
    if form.validate_on_submit():
        try:
            made = invitations.invite(form.text("email"), by=current_user.id)
        except ValueError as error:
            form.email.errors = [str(error)]
        else:
            form = InviteForm(formdata=None)  # for the next one

    return render_template(
        "auth/users/invite.html", form=form, made=made, pages=invitations.pending()
    )


@bp.post(f"/users/invitations/{ID}/withdraw")
@admin_required
@reauthentication_required
def withdraw_invitation(number: int) -> ResponseReturnValue:
    """Make an invitation invalid."""
    invitations.withdraw(number, by=current_user.id)
    flash("The invitation has been withdrawn.", "success")
    return redirect(url_for("auth.invite"))


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@token_page
@throttling.limit_registrations
def accept_invitation(token: str) -> ResponseReturnValue:
    """Make the account that an invitation is for, and log in."""
    email = invitations.find(token)
    form = InvitationForm()
    if email and form.validate_on_submit():
        try:
            user = invitations.accept(token, form.text("password"))
        except users.EmailTakenError as taken:
            form.form_errors.append(str(taken))
        except ValueError as error:
            form.password.errors = [str(error)]
        else:
            if user:
                return after_invitation(user)
            email = None

    if email is None:
        return render_template("auth/old_link.html"), 410
    return render_template("auth/users/invitation.html", form=form, email=email)


def after_invitation(user: User) -> ResponseReturnValue:
    """Log in, instead of the account that is logged in on this browser."""
    if current_user.is_authenticated:
        sessions.end()
    if sessions.begin(user):
        flash("Your account is ready, and you are logged in.", "success")
        # It redirects to the first page of an account.
        return redirect(url_for("auth.login"))
    # An account that starts inactive is not logged in.
    flash("Your account is ready, but not active yet.", "info")
    return redirect(url_for("main.index"))


# Add your pages below this line.
