"""The routes for people who are logged in."""

from __future__ import annotations

from flask import render_template

from app.accounts.access import login_required
from app.dashboard import bp


@bp.before_request
@login_required
def require_login() -> None:
    """Redirect visitors who are not logged in to the log-in page."""


@bp.get("/dashboard")
def index() -> str:
    """The first page after a log-in."""
    return render_template("dashboard/index.html")


# Add your pages below this line.
