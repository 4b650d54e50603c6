"""Pages for people who are logged in."""

from __future__ import annotations

from flask import Blueprint

# Pages lie in app/templates/dashboard: one folder of templates for the whole project,
# so that no two blueprints can shadow each other's pages.
bp = Blueprint("dashboard", __name__)

# The routes use `bp`, so they come after it.
from app.dashboard import routes  # noqa: E402, F401
