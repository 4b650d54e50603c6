"""Registration, log-in and log-out."""

from __future__ import annotations

from flask import Blueprint

# Pages lie in app/templates/auth: one folder of templates for the whole project,
# so that no two blueprints can shadow each other's pages.
bp = Blueprint("auth", __name__)

# The routes use `bp`, so they come after it.
from app.auth import routes  # noqa: E402, F401
