"""Migrations in a test: revisions in a folder, and a database."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from flask import Flask

from app.core.database import Base
from app.extensions import db
from app.extensions import migrate

ENV = Path(migrate.directory) / "env.py"
MAKO = Path(migrate.directory) / "script.py.mako"

REVISION = '''
"""{name}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = {follows!r}


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''


PARENTS = """
op.create_table("parents", sa.Column("id", sa.Integer, primary_key=True))
op.create_table(
    "children",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("parent", sa.Integer, sa.ForeignKey("parents.id", ondelete="CASCADE")),
)
"""


class Project:
    """Revisions in a folder, and a database."""

    def __init__(self, app: Flask, folder: Path, file: Path) -> None:
        self.app = app
        self.folder = folder
        self.file = file
        self.versions = folder / "versions"
        self.versions.mkdir(parents=True)
        for file in (ENV, MAKO):
            (folder / file.name).write_text(file.read_text(encoding="utf-8"))

    def config(self, *options: str) -> Any:
        extension = self.app.extensions["migrate"].migrate
        return extension.get_config(str(self.folder), opts=options)

    def write(self, name: str, upgrade: str, downgrade: str = "pass") -> None:
        """Write a revision by hand, on top of the newest one."""
        names = sorted(path.stem[0] for path in self.versions.glob("*.py"))
        text = REVISION.format(
            name=name,
            follows=names[-1] if names else None,
            upgrade=textwrap.indent(textwrap.dedent(upgrade).strip(), "    "),
            downgrade=textwrap.indent(textwrap.dedent(downgrade).strip(), "    "),
        )
        (self.versions / f"{name}.py").write_text(text)

    def autogenerate(self, metadata: sa.MetaData, name: str) -> None:
        with pytest.MonkeyPatch.context() as patch, self.app.app_context():
            patch.setattr(Base, "metadata", metadata)
            command.revision(
                self.config("autogenerate"), autogenerate=True, rev_id=name
            )

    def upgrade(self, target: str = "head") -> None:
        with self.app.app_context():
            command.upgrade(self.config(), target)

    def downgrade(self, target: str) -> None:
        with self.app.app_context():
            command.downgrade(self.config(), target)

    def execute(self, *statements: str) -> None:
        with self.app.app_context(), db.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.app.app_context(), db.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]
