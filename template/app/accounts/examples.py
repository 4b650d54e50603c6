"""Example accounts, for tests and for `flask seed`.

Required columns that you have added to `User` get a value, so that examples need not
name them. If a value has to follow a rule, pass it: `make_user(username="ada")` in
tests, `make_account(email, username="ada")` in app/seeds.py.

Maintained by copier-flask.
"""

from __future__ import annotations

from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from app.accounts import users
from app.accounts.addresses import EmailAddress
from app.accounts.users import is_required
from app.core import transactions
from app.extensions import db
from app.models import User

# Filled by app.accounts.users.create().
GIVEN = {"email", "is_admin", "password_hash"}

NUMBERS = count(1)  # of this process; see `next_number`

VALUES: dict[type, Any] = {
    bool: lambda _: False,
    bytes: lambda number: f"x{number}".encode(),
    date: lambda number: date(2000, 1, 1) + timedelta(days=number),
    datetime: lambda _: datetime.now(UTC),
    Decimal: Decimal,
    dict: lambda _: {},
    float: float,
    int: int,
    list: lambda _: [],
    str: lambda number: f"x{number}",
    time: lambda _: time(12),
    timedelta: lambda number: timedelta(days=number),
}


def example_account(email: str, password: str, **fields: Any) -> User:
    """Make and return an account; required fields that are not given get a value.

    Raises what `users.create()` and `value_of()` raise, with a note that has the
    values.
    """
    values = fields
    try:
        values = required_fields() | fields
        return users.create(email, password, **values)
    except Exception as error:
        error.add_note(f"The example account {email} had {values}.")
        raise


def required_fields() -> dict[str, Any]:
    """Return a value for each field of `User` that needs one, by the field's name.

    If there are such fields, it reads the database. Raises TypeError as `value_of()`.
    """
    fields = {
        attribute.key: attribute.columns[0]
        for attribute in sa.inspect(User).column_attrs
    }
    required = {
        name: column
        for name, column in fields.items()
        if name not in GIVEN and isinstance(column, sa.Column) and is_required(column)
    }
    # One number for all of them, so that no number is above the id of its account.
    number = next_number() if required else 0
    values = {name: value_of(column, number) for name, column in required.items()}
    # Also if accounts of the project have to be activated before their first log-in.
    return {"is_active": True, **values}


def next_number() -> int:
    """Return a number that no example account has, from another process either."""
    with db.session.no_autoflush:
        highest = db.session.scalar(sa.select(sa.func.max(User.id))) or 0
    # The counter is for accounts that are not in the database yet.
    return next(number for number in NUMBERS if number > highest)


def value_of(column: sa.Column[Any], number: int) -> Any:
    """Return a value with this number, if the type has enough values.

    Raises TypeError for a type without examples.
    """
    if column.foreign_keys:
        return referred(next(iter(column.foreign_keys)).column, number)
    if isinstance(column.type, sa.Enum):
        names = column.type.enum_class or column.type.enums
        return next(iter(names))
    if isinstance(column.type, sa.Uuid):
        return uuid4()
    if isinstance(column.type, EmailAddress):
        return f"x{number}@example.com"

    stored = column.type
    if isinstance(stored, sa.types.TypeDecorator):  # such as UtcDateTime
        stored = stored.impl_instance
    make = VALUES.get(stored.python_type)
    if make is None:
        raise TypeError(f"{column} needs a value: pass one to the example account.")
    return make(number)


def referred(column: sa.Column[Any], number: int) -> Any:
    """Return a value that a foreign key can refer to; make a row if there is none.

    The row is committed, unless the caller has uncommitted work.
    """
    known = sa.select(column).limit(1)
    if db.session.scalar(known) is None:
        values = {
            one.key: value_of(one, number)
            for one in column.table.columns
            if is_required(one)
        }
        with transactions.commit_own_work(db.session()):
            db.session.execute(sa.insert(column.table).values(values))
    return db.session.scalar(known)
