"""The models: the tables of the database as classes.

A new or changed model needs a revision: `uv run flask db migrate -m "what changed"`,
read it, then `uv run flask db upgrade`. docs/first-page.md shows one from end to end.
"""

from __future__ import annotations

# isort: split
# Add your imports below this line.

# Add your models below this line, each a class on `Base` of app.core.database.
