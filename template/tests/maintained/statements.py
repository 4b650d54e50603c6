"""The SQL statements that an application sends, for tests that count or read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from app.extensions import db


@contextmanager
def statements_of(app: Flask) -> Iterator[list[str]]:
    """Yield a list; each statement that is sent inside the block is added to it."""
    sent: list[str] = []

    def note(*given: Any) -> None:
        sent.append(given[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
