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
    remembered: Mapped[bool]

    user: Mapped[User] = relationship(back_populates="sessions")


# Add your models below this line, each a class on `Base` of app.core.database.
