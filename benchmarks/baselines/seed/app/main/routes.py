from __future__ import annotations

from flask import jsonify
from flask import render_template
from flask import Response
from flask_login import login_required

from app.main import bp


@bp.get("/")
def index() -> str:
    return render_template("main/index.html")


@bp.get("/dashboard")
@login_required
def dashboard() -> str:
    return render_template("main/dashboard.html")


@bp.get("/api/health")
def health() -> Response:
    return jsonify(status="ok")
