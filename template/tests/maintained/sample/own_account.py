"""Pages of the sample for people who are logged in, beside those of accounts.py."""

from __future__ import annotations

from flask import redirect
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import reauthentication
from app.accounts import throttling
from app.accounts.access import login_required
from app.accounts.redirects import own_path
from tests.maintained.sample import accounts
from tests.maintained.sample.accounts import given
from tests.maintained.sample.accounts import shown

auth = accounts.auth


@auth.route("/reauthenticate", methods=["GET", "POST"])
@login_required
@throttling.limit_password_checks
def reauthenticate() -> ResponseReturnValue:
    fault = ""
    if request.method == "POST":
        if reauthentication.confirm(*given("password")):
            target = own_path(request.args.get("next"))
            return redirect(target or url_for("dashboard.index"))
        fault = "This is not your password."

    return shown("Type it again", "password", fault=fault)


@auth.route("/dangerous", methods=["GET", "POST"])
@login_required
@reauthentication.reauthentication_required
def dangerous() -> str:
    return f"{request.method} done"


@auth.post("/dangerous/act")
@login_required
@reauthentication.reauthentication_required
def act() -> str:
    return "done"
