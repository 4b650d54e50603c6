"""Example content for development, which `uv run flask seed` makes.

Tests may make their rows with the same functions.
"""

from __future__ import annotations

from collections.abc import Iterator

# isort: split
# Add your imports below this line.


def make_content() -> Iterator[str]:
    """Make what is missing, and yield a line about each part."""
    # Such as, with a function make_note() of yours:
    #     if db.session.scalar(sa.select(Note.id).limit(1)) is None:
    #         db.session.add_all(make_note(f"Note {number}") for number in range(30))
    #         yield "30 notes"
    yield "app/seeds.py makes nothing yet."


# Add your functions below this line.
