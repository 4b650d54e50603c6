"""What the API takes and gives about tokens, as pydantic models."""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from typing import Annotated
from typing import Literal

from pydantic import AfterValidator
from pydantic import Field

from app.accounts import api_tokens
from app.api.requests import Schema


class TokenIn(Schema):
    """A new token."""

    name: Annotated[str, AfterValidator(api_tokens.check_name)] = Field(
        description="What it is for: 1 to 80 printable characters.",
        examples=["backup"],
        json_schema_extra={"format": "name"},
    )
    scopes: Literal["read", "read write"] = Field(
        "read", description="What it may do: read only, or also change."
    )
    days: int | None = Field(
        90, ge=1, le=3650, description="How long it is valid; null: it does not expire."
    )

    def lifetime(self) -> timedelta | None:
        """Return how long the token is valid; None: it does not expire."""
        return None if self.days is None else timedelta(days=self.days)


class TokenOut(Schema):
    """A token, without its text."""

    id: int
    name: str = Field(description="What it is for.")
    hint: str = Field(description="The last characters of its text.")
    scopes: str = Field(description="`read`, or `read write`.")
    created_at: datetime
    expires_at: datetime | None = Field(description="Null: it does not expire.")
    last_used_at: datetime | None = Field(
        description="Its last use, at most five minutes wrong; null: never."
    )


class NewTokenOut(TokenOut):
    """A token that was made just now."""

    token: str = Field(description="Its text, which no other answer has.")


# Add your schemas below this line.
