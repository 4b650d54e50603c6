"""What the API takes and gives, as pydantic models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from typing import Literal

from pydantic import AfterValidator
from pydantic import Field
from pydantic import field_validator
from pydantic import ValidationInfo

from app.accounts import passwords
from app.accounts.addresses import MAX_LENGTH
from app.accounts.addresses import normalise
from app.api.requests import ListQuery
from app.api.requests import Schema

# isort: split
# Add your imports below this line.


class UserOut(Schema):
    """An account."""

    id: int
    email: str
    is_active: bool = Field(description="False: the user cannot log in.")
    is_admin: bool = Field(description="Whether the user may manage others.")
    created_at: datetime


class UserIn(Schema):
    """A new account."""

    email: Annotated[str, AfterValidator(normalise)] = Field(
        description="An address that no other user has.",
        examples=["ada@example.com"],
        json_schema_extra={"format": "email", "maxLength": MAX_LENGTH},
    )
    password: str = Field(
        description="At least 12 bytes and no common one; it is never shown again.",
        examples=["correct horse battery staple"],
        json_schema_extra={"format": "password", "maxLength": passwords.MAX_BYTES},
    )
    is_admin: bool = Field(False, description="Whether the user may manage others.")

    @field_validator("password")
    @classmethod
    def password_can_be_taken(cls, password: str, values: ValidationInfo) -> str:
        passwords.check(password, values.data.get("email", ""))
        return password


class UserChange(Schema):
    """What an administrator may change about an account."""

    is_active: bool = Field(description="False: the user cannot log in.")
    is_admin: bool = Field(description="Whether the user may manage others.")


class UserQuery(ListQuery):
    """What the list is narrowed to, its order, and its page."""

    is_active: bool | None = Field(None, description="Those who can log in, or not.")
    is_admin: bool | None = Field(None, description="Administrators, or others.")
    sort: Literal["id", "-id", "email", "-email"] = Field(
        "id", description="What the list is sorted by; `-` is for falling order."
    )


# Add your schemas below this line.
