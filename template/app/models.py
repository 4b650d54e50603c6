"""The models: the tables of the database as classes.

A new or changed model needs a revision: `uv run flask db migrate -m "what changed"`,
read it, then `uv run flask db upgrade`. See docs/first-page.md for an example.
"""

from __future__ import annotations

# A model is a class on `Base`, of app.core.database. Add yours below this line.
