"""Makes as many accounts as its argument says; the first one is an administrator.

Runs in the folder and the environment of an application with a table of users.
"""

from __future__ import annotations

import sys
from datetime import datetime
from datetime import UTC
from importlib import import_module
from typing import Any

from benchmarks.inside import application


def main(count: int) -> None:
    app = application.load()
    from werkzeug.security import generate_password_hash

    hashed = generate_password_hash(application.PASSWORD)
    table = import_module("app.models").User.__table__
    rows = [row(table, number, hashed) for number in range(1, count + 1)]
    db = application.database()
    with app.app_context():
        db.session.execute(table.insert(), rows)
        db.session.commit()


def row(table: Any, number: int, hashed: str) -> dict[str, object]:
    known = {
        "email": application.email(number),
        "password_hash": hashed,
        "is_active": True,
        "is_admin": number == 1,
        "created_at": datetime.now(UTC),
    }
    return {name: value for name, value in known.items() if name in table.c}


if __name__ == "__main__":
    main(int(sys.argv[1]))
