"""The models: the tables of the database as classes.

A new or changed model needs a revision: `uv run flask db migrate -m "what changed"`,
read it, then `uv run flask db upgrade`. docs/first-page.md shows one from end to end.
"""

from __future__ import annotations

from datetime import datetime
from datetime import UTC

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from app.accounts import passwords
from app.accounts.addresses import EmailAddress
from app.core.database import Base

# isort: split
# Add your imports below this line.


class User(UserMixin, Base):  # type: ignore[misc]  # no types
    """An account. app/accounts/users.py makes and changes them."""

    __tablename__ = "users"
    __allow_unmapped__ = True  # for session_token, which is no column

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(EmailAddress, unique=True)
    password_hash: Mapped[str] = mapped_column(sa.String(255))
    is_active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    is_admin: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))

    sessions: Mapped[list[UserSession]] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )

    # The token of the session by which this account was loaded.
    session_token: str | None = None

    # Sessions open active accounts alone. UserMixin would read the row to say so, which
    # may be expired or deleted.
    is_authenticated = True

    # UserMixin compares by get_id(), which only the account of a session has.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def get_id(self) -> str:
        """Return what the cookie holds: the token, never the number of the account."""
        if self.session_token is None:
            raise RuntimeError("Log in with app.accounts.sessions.begin().")
        return self.session_token

    def set_password(self, password: str) -> None:
        self.password_hash = passwords.hashed(password)

    def check_password(self, password: str) -> bool:
        return passwords.matches(self.password_hash, password)


class UserSession(Base):
    """A browser that somebody is logged in with; see app/accounts/sessions.py."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    browser: Mapped[str] = mapped_column(sa.String(255))
    remembered: Mapped[bool]

    user: Mapped[User] = relationship(back_populates="sessions")


# Add your models below this line, each a class on `Base` of app.core.database.
