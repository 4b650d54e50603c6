"""Pages of the sample for addresses that are confirmed by mail."""

from __future__ import annotations

from flask import redirect
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import confirmation
from app.accounts import email_change
from app.accounts import registration
from app.accounts import resets
from app.accounts import sessions
from app.accounts import throttling
from app.accounts.access import logged_in_account
from app.accounts.access import login_required
from app.accounts.addresses import normalise
from app.accounts.token_pages import token_page
from tests.maintained.sample.accounts import auth
from tests.maintained.sample.accounts import given
from tests.support.required_fields import required_fields


@auth.post("/join")
def join() -> ResponseReturnValue:
    email, password = given("email", "password")
    try:
        user = registration.register(email, password, **required_fields())
    except ValueError as error:
        return str(error)
    if user and sessions.begin(user):
        return redirect(url_for("dashboard.index"))
    return "Check your inbox."


@auth.post("/confirm")
def confirm() -> ResponseReturnValue:
    confirmation.ask_again(normalise(request.form["email"]))
    return "Check your inbox."


@auth.route("/confirm/<token>", methods=["GET", "POST"])
@token_page
def confirm_token(token: str) -> ResponseReturnValue:
    if request.method == "GET":
        return str(confirmation.is_valid(token))
    return str(confirmation.confirm(token))


@auth.post("/reset/<token>")
@token_page
def reset_token(token: str) -> str:
    return str(resets.set_password(token, *given("password")))


@auth.post("/email")
@login_required
@throttling.limit_password_checks
def email() -> ResponseReturnValue:
    address, current = given("email", "current")
    if email_change.ask(logged_in_account(), current, normalise(address)):
        return "Check your inbox."
    return "This is not your password."


@auth.route("/email/<token>", methods=["GET", "POST"])
@token_page
@login_required
def email_token(token: str) -> ResponseReturnValue:
    if request.method == "GET":
        return str(email_change.new_address(logged_in_account(), token))
    return str(email_change.change(logged_in_account(), token))
