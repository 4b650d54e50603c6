"""The model that app/models.py has in addition, with accounts and an API."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.core.database import Base


class ApiToken(Base):
    """What a program shows in place of a log-in; see app/accounts/api_tokens.py."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(sa.String(80))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    # The last four characters, by which people recognise it.
    hint: Mapped[str] = mapped_column(sa.String(4))
    # "read", or "read write".
    scopes: Mapped[str] = mapped_column(sa.String(40))
    created_at: Mapped[datetime]
    # None: it does not expire.
    expires_at: Mapped[datetime | None]
    # Exact to five minutes.
    last_used_at: Mapped[datetime | None]
