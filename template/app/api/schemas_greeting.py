"""What the API takes and gives, as pydantic models."""

from __future__ import annotations

from pydantic import Field

from app.api.requests import Schema


class Guest(Schema):
    name: str = Field(min_length=1, max_length=100)


class Greeting(Schema):
    text: str


# Add your schemas below this line.
