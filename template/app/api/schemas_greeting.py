"""What the API takes and gives, as pydantic models."""

from __future__ import annotations

from pydantic import Field

from app.api.requests import Schema

# isort: split
# Add your imports below this line.


class Guest(Schema):
    name: str = Field(min_length=1, max_length=100, description="Who is greeted.")


class Greeting(Schema):
    """An example."""

    text: str


# Add your schemas below this line.
