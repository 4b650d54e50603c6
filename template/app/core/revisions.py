"""What `flask db migrate` compares, and how it writes a revision.

Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import MutableMapping
from importlib.util import find_spec
from typing import Any
from typing import Literal

import click
import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import DropIndexOp
from alembic.operations.ops import DropTableOp
from alembic.operations.ops import MigrationScript
from alembic.operations.ops import ModifyTableOps
from alembic.operations.ops import OpContainer
from alembic.runtime.migration import MigrationContext

from app.core.database import Base

TABLES_OF_PIECES = {
    "account_tokens",
    "api_tokens",
    "idempotency_keys",
    "users",
    "user_sessions",
}


def include_name(
    name: str | None, kind: str, parents: MutableMapping[Any, str | None]
) -> bool:
    """Keep the tables of a piece that is switched off, because they hold data."""
    known = name in Base.metadata.tables
    return kind != "table" or known or name not in TABLES_OF_PIECES


def prepare(
    context: MigrationContext,
    revision: str | Iterable[str | None] | Iterable[str],
    directives: list[MigrationScript],
) -> None:
    """Write no empty revision, and no line that a database refuses."""
    for script in directives:
        for written in (*script.upgrade_ops_list, *script.downgrade_ops_list):
            leave_indexes_to_dropped_tables(written)
    drop_empty(context, directives)


def leave_indexes_to_dropped_tables(written: OpContainer) -> None:
    """Leave out that indexes are dropped of a table that is dropped as well.

    They go with it. MariaDB does not drop one before, if a foreign key needs it.
    """
    dropped = {one.table_name for one in written.ops if isinstance(one, DropTableOp)}
    for table in written.ops:
        if isinstance(table, ModifyTableOps) and table.table_name in dropped:
            table.ops = [one for one in table.ops if not isinstance(one, DropIndexOp)]


def drop_empty(context: MigrationContext, directives: list[MigrationScript]) -> None:
    """Write no revision if `flask db migrate` finds no change."""
    # Not for `flask db check`, which compares as well and writes nothing.
    options = context.config.cmd_opts if context.config else None
    if not getattr(options, "autogenerate", False):
        return

    if all(
        script.upgrade_ops.is_empty() for script in directives if script.upgrade_ops
    ):
        directives.clear()
        click.echo("No changes found: the models and the database agree.", err=True)


def render_item(
    kind: str, item: object, autogen_context: AutogenContext
) -> str | Literal[False]:
    """Render types that depend on neither the project nor the database."""
    if kind == "type" and isinstance(item, sa.types.TypeDecorator):
        return neutral(item.impl_instance, autogen_context)

    # On SQLite, true is 1, which is a number on PostgreSQL.
    arg = getattr(item, "arg", None)
    if kind == "server_default" and isinstance(arg, sa.True_ | sa.False_):
        return f"sa.{arg}()"

    return False


def neutral(type_: sa.types.TypeEngine[Any], autogen_context: AutogenContext) -> str:
    """Return a column type as the code of a revision, without the project's classes."""
    text = f"sa.{type_!r}"
    for dialect, variant in type_._variant_mapping.items():
        # Development uses SQLite; the installed driver shows the production database.
        if dialect == "mysql" and not find_spec("pymysql"):
            continue

        module = "sa"
        if type(variant).__module__.startswith("sqlalchemy.dialects"):
            module = dialect
            autogen_context.imports.add(f"from sqlalchemy.dialects import {dialect}")
        text += f'.with_variant({module}.{variant!r}, "{dialect}")'
    return text
