"""The settings of the API of a project with accounts.

A line of config.py or a variable overrides a default. Maintained by copier-flask.
"""

from __future__ import annotations

from app.core.rules import one_of

SETTINGS = (
    # Who may read the description of the API: "public", "accounts" for those who are
    # logged in, or "off" for nobody.
    one_of("API_DOCS", "public", ("public", "accounts", "off")),
)
