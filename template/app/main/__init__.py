"""The pages of the site."""

from __future__ import annotations

from flask import Blueprint

# Pages lie in app/templates/main: one folder of templates for the whole project,
# so that no two blueprints can shadow each other's pages.
bp = Blueprint("main", __name__)

# The routes use `bp`, so they come after it.
from app.main import routes  # noqa: E402, F401
