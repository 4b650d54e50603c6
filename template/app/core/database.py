"""What all models share: their base class, names for constraints, and column types."""

from __future__ import annotations

import threading
from datetime import datetime
from datetime import UTC

import sqlalchemy as sa
from alembic import command
from flask import current_app
from flask import Flask
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import registry


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC, aware on the way in and out, to the microsecond.

    SQLite and MySQL store no zone, so a naive time would be anybody's guess: one is
    refused with a `ValueError`.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(
                f"{value!r} has no time zone: make times with datetime.now(UTC)."
            )

        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        return (
            value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        )


class Base(DeclarativeBase):
    """The base of every model; a `Mapped[datetime]` column is a `UtcDateTime`."""

    registry = registry(
        type_annotation_map={datetime: UtcDateTime},
        # Without names SQLite and Alembic could not drop a constraint again.
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(column_0_label)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )


def init_app(app: Flask) -> None:
    # Production never migrates by itself: there it is a step of the release.
    if app.config["APP_CONFIG"] == "development":
        lock = threading.Lock()
        done = threading.Event()

        @app.before_request
        def create_before_the_first_request() -> None:
            with lock:
                if not done.is_set():
                    create_if_new()
                    done.set()


def create_if_new() -> None:
    """Run the migrations on a database without a table; leave any other alone."""
    engine = current_app.extensions["sqlalchemy"].engine
    if not sa.inspect(engine).get_table_names():
        settings = current_app.extensions["migrate"].migrate.get_config()
        command.upgrade(settings, "head")
