"""The base class of `User`: what log-in needs besides its columns.

Maintained by copier-flask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.accounts import passwords

if TYPE_CHECKING:
    from sqlalchemy.orm import Mapped


class SessionUser:
    """The base of `User`: an account that sessions can be made for."""

    __allow_unmapped__ = True  # for session_token, which is not a column

    if TYPE_CHECKING:  # at run time it would be a column
        password_hash: Mapped[str]

    # The token of the session by which this account was loaded.
    session_token: str | None = None

    # Flask-Login reads these. Only active accounts have sessions, so the row, which may
    # be expired or deleted, need not be read.
    is_authenticated = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return the token of the session, which the cookie holds instead of the id.

        Raises `RuntimeError` for an account that no session has loaded.
        """
        if self.session_token is None:
            raise RuntimeError("Log in with app.accounts.sessions.begin().")
        return self.session_token

    def set_password(self, password: str) -> None:
        """Hash a password and set the hash. The caller commits.

        Raises `HashingBusyError` if too many requests wait for a hash.
        """
        self.password_hash = passwords.hash_password(password)

    def check_password(self, password: str) -> bool:
        """Return whether this is the account's password.

        Raises `HashingBusyError` if too many requests wait for a hash.
        """
        return passwords.verify(self.password_hash, password)
