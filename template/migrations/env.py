"""Runs the migrations of `flask db`; the rules are in app/core/migrating.py."""

from __future__ import annotations

from app import models  # noqa: F401  # importing it registers the tables
from app.core import migrating

# Takes further options of Alembic's `context.configure`, such as `include_object`.
migrating.run()
