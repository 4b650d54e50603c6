"""The database: what all models share, and an engine for each process.

Settings: DATABASE_IDLE_TIMEOUT, DATABASE_POOLER, DATABASE_STATEMENT_TIMEOUT. Maintained
by copier-flask.
"""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from datetime import datetime
from datetime import UTC

import flask_sqlalchemy
import sqlalchemy as sa
from flask import current_app
from flask import Flask
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import registry

from app.core import engines
from app.core import worker_databases


class SQLAlchemy(flask_sqlalchemy.SQLAlchemy):
    """Flask-SQLAlchemy, with separate engines after a fork.

    Processes that share a connection corrupt each other's results. Connections opened
    before a fork, such as by a preloaded application, stay with the parent.
    """

    @property
    def engines(self) -> Mapping[str | None, sa.Engine]:
        engines = super().engines
        process = os.getpid()
        if current_app.extensions.setdefault("engines_of", process) != process:
            for engine in engines.values():
                # Not closed: that would close the parent's connections too.
                engine.dispose(close=False)
            current_app.extensions["engines_of"] = process

        return engines


class NaiveTimeError(ValueError):
    """A time without a time zone was given for a column."""


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A column for aware datetimes in UTC, to the microsecond.

    SQLite and MySQL store no time zone, so a naive datetime is ambiguous and raises
    `NaiveTimeError`.
    """

    # By default, MySQL stores whole seconds.
    impl = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveTimeError(
                "The time has no time zone: make times with datetime.now(UTC)."
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
        type_annotation_map={
            datetime: UtcDateTime,
            # As text: native PostgreSQL enums need their own CREATE and DROP, which a
            # revision written on SQLite lacks.
            enum.Enum: sa.Enum(enum.Enum, native_enum=False),
        },
        # On SQLite, Alembic can only drop constraints that have names.
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
    limits = engines.Limits(
        statement=app.config["DATABASE_STATEMENT_TIMEOUT"],
        idle=app.config["DATABASE_IDLE_TIMEOUT"],
    )
    pooler = app.config["DATABASE_POOLER"]
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engines.set_up(engine, pooler=pooler, limits=limits)
            worker_databases.make_before_connecting(engine)
