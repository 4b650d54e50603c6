"""How `flask db` runs the migrations: on the application's own database."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from typing import Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app

from app import models  # noqa: F401  # the tables are known once this is imported
from app.core import settings
from app.core.database import Base
from app.extensions import db

TABLES_OF_PIECES = {"users", "user_sessions"}


def render_item(
    kind: str, item: object, autogen_context: AutogenContext
) -> str | Literal[False]:
    """Write a revision without the project's types: those may change, it may not."""
    if kind == "type" and isinstance(item, sa.types.TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def include_name(
    name: str | None, kind: str, parents: MutableMapping[Any, str | None]
) -> bool:
    """Leave the tables of a piece that was switched off: they hold people's data."""
    known = name in Base.metadata.tables
    return kind != "table" or known or name not in TABLES_OF_PIECES


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
            include_name=include_name,
            # SQLite changes a table by copying it.
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()


run()
