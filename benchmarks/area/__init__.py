"""The area that is added to each measured application: the same code in all of them."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint
from flask import jsonify
from flask import render_template
from flask import Response
from flask_login import login_required

from app.extensions import db
from app.models import User

bp = Blueprint("bench", __name__)


@bp.get("/bench/json")
def as_json() -> Response:
    """Answer JSON, without a query."""
    return jsonify(status="ok")


@bp.get("/bench/page")
@login_required
def page() -> str:
    """Answer a page with the result of one query, if the visitor is logged in."""
    chosen = sa.select(User.email).order_by(User.id).limit(10)
    return render_template("bench.html", emails=db.session.scalars(chosen).all())
