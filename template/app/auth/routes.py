"""The routes of the accounts."""

from __future__ import annotations

from flask import flash
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import registration
from app.accounts import sessions
from app.accounts import throttling
from app.accounts import users
from app.accounts.access import current_user
from app.accounts.access import logged_in_account
from app.accounts.access import login_required
from app.accounts.redirects import own_path
from app.auth import bp
from app.auth.forms import LoginForm
from app.auth.forms import PasswordForm
from app.auth.forms import RegistrationForm


@bp.route("/register", methods=["GET", "POST"])
@throttling.limit_registrations
def register() -> ResponseReturnValue:
    """Make an account, and log in."""
    if current_user.is_authenticated:
        return redirect(url_for("dashboard.index"))

    form = RegistrationForm()
    if form.validate_on_submit():
        try:
            user = registration.register(form.text("email"), form.text("password"))
        except users.EmailTakenError as taken:
            form.email.errors = [str(taken)]
        else:
            # An account that starts inactive is not logged in.
            if user and sessions.begin(user):
                flash("Your account is ready, and you are logged in.", "success")
                # It redirects to the first page of an account.
                return redirect(url_for("auth.login"))
            if user:
                flash("Your account is ready, but not active yet.", "info")
                return redirect(url_for("main.index"))
            # Only the owner of the address is told whether there was an account.
            return render_template("auth/mailbox.html", form=form)

    return render_template("auth/register.html", form=form)


@bp.route("/login", methods=["GET", "POST"])
@throttling.limit_logins
def login() -> ResponseReturnValue:
    """Log in, and redirect to the page that required it."""
    target = own_path(request.args.get("next")) or url_for("dashboard.index")
    if current_user.is_authenticated:
        return redirect(target)

    form = LoginForm()
    if form.validate_on_submit():
        email = form.text("email")
        throttling.wait_if_under_attack(email)
        user = users.authenticate(email, form.text("password"))
        if user and sessions.begin(user, remember=form.remember.data):
            return redirect(target)

        throttling.count_failure(email)
        # The same message whether the account exists, is confirmed, or not.
        form.form_errors.append("The e-mail address or the password is wrong.")

    return render_template("auth/login.html", form=form)


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """Log out on this browser. Only by POST, so that a link or image cannot do it."""
    sessions.end()
    flash("You are logged out.", "success")
    return redirect(url_for("main.index"))


@bp.route("/password", methods=["GET", "POST"])
@login_required
@throttling.limit_password_checks
def password() -> ResponseReturnValue:
    """Change the password, which ends the account's sessions on other browsers."""
    form = PasswordForm()
    if form.validate_on_submit():
        user = logged_in_account()
        remember = sessions.is_remembered()
        if users.change_password(user, form.text("current"), form.text("password")):
            sessions.begin(user, remember=remember)
            flash("Your password is changed. Other browsers are logged out.", "success")
            return redirect(url_for("dashboard.index"))

        throttling.count_failure(user.email)
        form.current.errors = ["This is not your password."]

    return render_template("auth/password.html", form=form)


# Add your pages below this line.
