"""How `flask db` runs the migrations: on the application's own database."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app

from app import models  # noqa: F401  # the tables are known once this is imported
from app.core import settings
from app.core.database import Base
from app.core.database import UtcDateTime
from app.extensions import db


def render_item(
    kind: str, item: object, autogen_context: AutogenContext
) -> str | Literal[False]:
    """Write a revision without the project's types: those may change, it may not."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    settings.announce(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy

    if context.is_offline_mode():
        context.configure(
            url=db.engine.url, target_metadata=Base.metadata, literal_binds=True
        )
        with context.begin_transaction():
            context.run_migrations()
        return

    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            # SQLite changes a table by copying it.
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()


run()
