"""What the API takes and gives, as pydantic models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator
from pydantic import Field
from pydantic import field_validator
from pydantic import ValidationInfo

from app.accounts import passwords
from app.accounts.addresses import normalise
from app.api.requests import Schema


class UserOut(Schema):
    id: int
    email: str
    is_active: bool
    is_admin: bool
    created_at: datetime


class UserIn(Schema):
    email: Annotated[str, AfterValidator(normalise)]
    password: str
    is_admin: bool = False

    @field_validator("password")
    @classmethod
    def password_can_be_taken(cls, password: str, values: ValidationInfo) -> str:
        passwords.check(password, values.data.get("email", ""))
        return password


class Page(Schema):
    """Pagination of a list: at most `limit` entries, after the one with id `after`."""

    after: int = Field(0, ge=0, le=2**31 - 1)
    limit: int = Field(50, ge=1, le=100)


# Add your schemas below this line.
