"""What the API takes and gives, as pydantic models."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field


class Schema(BaseModel):
    """A field that is not named here is refused, so a slip does not go unnoticed."""

    model_config = ConfigDict(extra="forbid")


class Guest(Schema):
    name: str = Field(min_length=1, max_length=100)


class Greeting(Schema):
    text: str


# Add your schemas below this line.
