"""The models: the tables of the database as classes.

A new or changed model needs a revision: `uv run flask db migrate -m "what changed"`,
read it, then `uv run flask db upgrade`. docs/first-page.md shows one from end to end.
"""

from __future__ import annotations

from datetime import datetime
from datetime import UTC

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from app.accounts.addresses import EmailAddress
from app.accounts.session_user import SessionUser
from app.core.database import Base

# isort: split
# Add your imports below this line.


class User(SessionUser, Base):
    """An account. app/accounts/users.py makes and changes them."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(EmailAddress, unique=True)
    password_hash: Mapped[str] = mapped_column(sa.String(255))
    is_active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    is_admin: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # Whether mail to the address has reached its owner. True in rows of before the
    # column, so that an update locks no one out.
    is_confirmed: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    # When an account that its owner has deleted goes; see DELETION_GRACE.
    delete_after: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))

    sessions: Mapped[list[UserSession]] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )


class UserSession(Base):
    """A logged-in browser; see app/accounts/sessions.py."""

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
    # The network address at log-in, as far as PROXY_HOPS tells it.
    address: Mapped[str] = mapped_column(sa.String(45), default="", server_default="")
    # When the password was last given in this session after the log-in.
    password_checked_at: Mapped[datetime | None]
    remembered: Mapped[bool]

    user: Mapped[User] = relationship(back_populates="sessions")


class AccountToken(Base):
    """A link that was sent to a user, once; see app/accounts/tokens.py."""

    __tablename__ = "account_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    # None for an invitation, which makes the account.
    user_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    purpose: Mapped[str] = mapped_column(sa.String(20))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    email: Mapped[str] = mapped_column(EmailAddress, index=True)
    # What the account was like: a change of it makes the token invalid.
    state: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


# Add your models below this line, each a class on `Base` of app.core.database.
