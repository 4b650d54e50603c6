"""Pages of the sample for people who are logged in, beside those of accounts.py."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import abort
from flask import redirect
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import deletion
from app.accounts import reauthentication
from app.accounts import session_list
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


@auth.get("/sessions")
@login_required
def sessions() -> list[dict[str, Any]]:
    return [asdict(one) for one in session_list.own_sessions()]


@auth.post("/sessions/<int:number>/end")
@login_required
def end_session(number: int) -> str:
    if not session_list.end_one(number):
        abort(404)
    return "ended"


@auth.post("/sessions/end-others")
@login_required
def end_other_sessions() -> str:
    return str(session_list.end_others())


@auth.post("/delete")
@login_required
@throttling.limit_password_checks
def delete() -> ResponseReturnValue:
    try:
        done = deletion.delete_own(*given("password"))
    except ValueError as error:
        return type(error).__name__
    if done is None:
        return "This is not your password."
    return redirect(url_for("main.index"))
