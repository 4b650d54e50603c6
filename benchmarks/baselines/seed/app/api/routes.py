from __future__ import annotations

from flask import jsonify
from flask import Response
from flask_login import login_required

from app.api import bp
from app.extensions import db
from app.models import User


@bp.get("/users")
@login_required
def users() -> Response:
    everyone = db.session.scalars(db.select(User)).all()
    return jsonify([{"id": user.id, "email": user.email} for user in everyone])
