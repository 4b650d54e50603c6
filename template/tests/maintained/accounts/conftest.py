"""Values for fields that the owner has added to `User` and that require one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.accounts import users
from app.models import User
from tests.support.required_fields import required_fields


@pytest.fixture(autouse=True)
def fields_of_the_owner() -> Iterator[None]:
    """Fill these fields in each account that a test makes."""
    create = users.create

    def with_required_fields(*arguments: Any, **fields: Any) -> User:
        return create(*arguments, **(required_fields() | fields))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "create", with_required_fields)
        yield
