"""Registration: an account at once, or after its address is confirmed.

Whether an address has to be confirmed is known to the module that sends the mail. It
puts its function into `app.extensions`, so that this one works without it.

Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from app.accounts import users
from app.models import User


def register(email: str, password: str, **fields: object) -> User | None:
    """Return a new account, or None if its address has to be confirmed first.

    With None nothing says whether there was such an account before: all that the
    visitor has to know is in a mail. `fields` are further fields of `User`, by name.

    Raises what `users.create()` raises. Where it returns None, a job after the answer
    makes the account: then not `EmailTakenError`, and an error of a row, such as a
    value that must be unique, is in the log, as is a `MissingFieldsError` that only the
    database knows. Texts and numbers are fields there, no models: TypeError.
    """
    create: Callable[..., User | None]
    create = current_app.extensions.get("accounts.register", users.create)
    return create(email, password, **fields)
