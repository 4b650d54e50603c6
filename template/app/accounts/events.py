"""Signals about accounts, sent after the commit, except `before_deletion`.

A function of yours listens with `events.account_deleted.connect(function)`; it is
called with the application and the keyword arguments named beside the signal.

Maintained by copier-flask.
"""

from __future__ import annotations

from typing import Any

from blinker import Signal
from flask import current_app

# email: str; with the right password, for an account whose address is to be confirmed.
unconfirmed_login = Signal()
# user_id: int, email: str.
password_changed = Signal()
# user_id: int, old: str, new: str, was_confirmed: bool (the old address).
email_changed = Signal()
# email: str, link: str.
invited = Signal()
# user_id: int, email: str, is_confirmed: bool (the address), when: datetime.
deletion_planned = Signal()
# user_id: int; in the transaction that deletes the account, before its row goes. What
# a function changes is committed together with the deletion; an error stops both.
before_deletion = Signal()
# user_id: int, email: str, is_confirmed: bool.
account_deleted = Signal()


def send(signal: Signal, **values: Any) -> None:
    """Call the functions that listen to a signal, with this application."""
    signal.send(current_app._get_current_object(), **values)  # type: ignore[attr-defined]  # a proxy
