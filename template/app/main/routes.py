"""The routes of the site's pages."""

from __future__ import annotations

from flask import render_template

from app.main import bp


@bp.get("/")
def index() -> str:
    """The start page."""
    return render_template("main/index.html")


# Add your pages below this line.
