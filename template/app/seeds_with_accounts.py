"""Example content for development, which `uv run flask seed` makes.

Tests may make their rows with the same functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.accounts.examples import example_account
from app.extensions import db
from app.models import User

# isort: split
# Add your imports below this line.

# Only for development. It is longer than any PASSWORD_MIN_LENGTH can be.
PASSWORD = "an example password, long enough for every rule that a project can have"


def make_content() -> Iterator[str]:
    """Make what is missing, and yield a line about each part."""
    for email, is_admin in (("admin@example.com", True), ("ada@example.com", False)):
        make_account(email, is_admin=is_admin)
        yield f"{email}, password: {PASSWORD}"
    # Such as, with a function make_note() of yours:
    #     if db.session.scalar(sa.select(Note.id).limit(1)) is None:
    #         db.session.add_all(make_note(f"Note {number}") for number in range(30))
    #         yield "30 notes"


def make_account(email: str, **fields: Any) -> User:
    """Return the account with this address; make it if there is none.

    Columns of yours that need a value get one. If it has to follow a rule, pass it.
    """
    user = db.session.scalar(sa.select(User).filter_by(email=email))
    return user or example_account(email, PASSWORD, **fields)


# Add your functions below this line.
