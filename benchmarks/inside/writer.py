"""Writes rows to SQLite, each after a look at the last one, for some seconds.

Runs in the folder and the environment of an application: `writer.py SECONDS`. Prints
how many rows it has written, and how many attempts failed.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from benchmarks.inside import application


def main(seconds: float) -> None:
    app = application.load()
    db = application.database()
    deadline, outcomes = time.monotonic() + seconds, [0, 0]
    while time.monotonic() < deadline:
        with app.test_request_context("/", method="POST"):
            outcomes[written(db)] += 1
    print(outcomes[True], outcomes[False])


def written(db: Any) -> bool:
    """Write a row that depends on the last one; the table exists already."""
    import sqlalchemy as sa
    from sqlalchemy.exc import OperationalError

    written_rows = sa.table("written", sa.column("id"), sa.column("content"))
    last = sa.select(written_rows.c.id).order_by(written_rows.c.id.desc()).limit(1)
    try:
        found = db.session.scalar(last.with_for_update()) or 0
        db.session.execute(written_rows.insert().values(content=f"after {found}"))
        db.session.commit()
    except OperationalError:
        db.session.rollback()
        return False
    return True


if __name__ == "__main__":
    main(float(sys.argv[1]))
