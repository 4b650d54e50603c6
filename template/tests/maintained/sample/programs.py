"""Views of the sample for programs, which send a token."""

from __future__ import annotations

from flask import Blueprint
from flask import request
from flask import session
from flask.typing import ResponseReturnValue

from app.accounts import bearer
from app.accounts import reauthentication
from app.accounts.access import current_user
from app.accounts.access import login_required

bp = Blueprint("programs", __name__, url_prefix="/api/programs")

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@bp.route("/who", methods=METHODS)
@login_required
def who() -> ResponseReturnValue:
    return {"email": current_user.email}


@bp.route("/open", methods=["GET", "POST"])
def open_to_all() -> ResponseReturnValue:
    """What a view without a log-in sees; it also writes into the session."""
    seen = {"session": sorted(session), "cookies": sorted(request.cookies)}
    session["seen"] = True
    return seen


@bp.post("/dangerous")
@login_required
@reauthentication.reauthentication_required
def dangerous() -> ResponseReturnValue:
    return {"done": True}


@bp.get("/strict")
@login_required
@bearer.write_required
def strict() -> ResponseReturnValue:
    return {"done": True}
