"""The account pages of the sample, which call the maintained files."""

from __future__ import annotations

from flask import abort
from flask import Blueprint
from flask import flash
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import invitations
from app.accounts import passwords
from app.accounts import sessions
from app.accounts import throttling
from app.accounts import users
from app.accounts.access import current_user
from app.accounts.access import logged_in_account
from app.accounts.access import login_required
from app.accounts.addresses import normalise
from app.accounts.redirects import own_path
from app.accounts.token_pages import token_page
from tests.support.required_fields import required_fields

auth = Blueprint("auth", __name__, url_prefix="/auth")
dashboard = Blueprint("dashboard", __name__)


def given(*names: str) -> list[str]:
    """Return the fields of the submitted form; a missing field is empty."""
    return [request.form.get(name, "") for name in names]


def shown(title: str, *fields: str, fault: str = "") -> str:
    return render_template("form.html", title=title, fields=fields, fault=fault)


@auth.route("/register", methods=["GET", "POST"])
@throttling.limit_registrations
def register() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(url_for("dashboard.index"))
    fault = ""
    if request.method == "POST":
        email, password = given("email", "password")
        try:
            users.create(email, password, **required_fields())
        except ValueError as error:
            fault = str(error)
        else:
            flash("Your account is ready.")
            return redirect(url_for("auth.login"))

    return shown("Register", "email", "password", fault=fault)


@auth.route("/login", methods=["GET", "POST"])
@throttling.limit_logins
def login() -> ResponseReturnValue:
    target = own_path(request.args.get("next")) or url_for("dashboard.index")
    if current_user.is_authenticated:
        return redirect(target)
    fault = ""
    if request.method == "POST":
        email, password, remember = given("email", "password", "remember")
        try:
            email = normalise(email)
        except ValueError as error:
            return shown("Log in", "email", "password", fault=str(error))
        if not password:
            return shown("Log in", "email", "password", fault="No password.")

        throttling.wait_if_under_attack(email)
        user = users.authenticate(email, password)
        if user and sessions.begin(user, remember=bool(remember)):
            return redirect(target)
        throttling.count_failure(email)
        fault = "The e-mail address or the password is wrong."

    return shown("Log in", "email", "password", "remember", fault=fault)


@auth.post("/logout")
def logout() -> ResponseReturnValue:
    sessions.end()
    flash("You are logged out.")
    return redirect(url_for("main.index"))


@auth.route("/password", methods=["GET", "POST"])
@login_required
@throttling.limit_password_checks
def password() -> ResponseReturnValue:
    fault = ""
    if request.method == "POST":
        current, new = given("current", "password")
        user = logged_in_account()
        remember = sessions.is_remembered()
        try:
            passwords.check(new, user.email)
        except ValueError as error:
            return shown("New password", "current", "password", fault=str(error))

        if users.change_password(user, current, new):
            sessions.begin(user, remember=remember)
            return redirect(url_for("dashboard.index"))
        throttling.count_failure(user.email)
        fault = "This is not your password."

    return shown("New password", "current", "password", fault=fault)


@auth.post("/invitation/<token>")
@token_page
@throttling.limit_registrations
def accept_invitation(token: str) -> ResponseReturnValue:
    (password,) = given("password")
    user = invitations.accept(token, password, **required_fields()) or abort(404)
    sessions.begin(user)
    return redirect(url_for("dashboard.index"))


@dashboard.get("/dashboard")
@login_required
def index() -> str:
    return render_template("account.html")
