"""Cheap refusals: a network at its rate limit must not slow others down.

A process remembers for a second which networks are at their limit. Their
attempts are then refused before Flask handles them, as are those that would wait too
long for a password to be hashed. A few refusals per second use the site's page, the
others a bare one.

Maintained by copier-flask.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from collections.abc import Iterable
from typing import NamedTuple
from wsgiref.types import StartResponse
from wsgiref.types import WSGIEnvironment

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import ServiceUnavailable

from app.accounts import hashing
from app.accounts.hashing import max_hashing_requests
from app.accounts.holding import ServerThreads
from app.core import request_log
from app.core.errors import RETRY_AFTER
from app.core.responses import bare_response
from app.core.responses import wrap

# Seconds for which a refusal is remembered, without a query to the storage.
REMEMBERED = 1

# Refusals per second and process that use the site's page.
PAGES = 5

# Entries; above this, those whose window has ended are removed.
MAX_KEPT = 1_000

Predicate = Callable[[WSGIEnvironment], bool]
Check = Callable[[WSGIEnvironment], HTTPException | None]


class Refusal(NamedTuple):
    """When remembering a refusal and its window end, by `time.monotonic`."""

    remembered: float
    window: float


class Refusals:
    """The counts of this process that are at their limit, by name."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Refusal] = {}

    def remember(self, name: tuple[str, str], seconds: float) -> bool:
        """Store a refusal; return whether it is the first one in its window."""
        now = time.monotonic()
        before = self.kept.get(name)
        self.kept[name] = Refusal(now + min(REMEMBERED, seconds), now + seconds)
        if len(self.kept) > MAX_KEPT:
            for old, refusal in list(self.kept.items()):
                if refusal.window <= now:
                    self.kept.pop(old, None)
        return before is None or before.window <= now

    def seconds_left(self, name: tuple[str, str]) -> float | None:
        """Return the seconds until the window of a remembered refusal ends, or None."""
        found, now = self.kept.get(name), time.monotonic()
        return found.window - now if found and found.remembered > now else None


class EarlyRefusals:
    """A WSGI middleware around Flask, for the POSTs that `check` refuses."""

    def __init__(
        self, app: Flask, is_limited: Predicate, hashes: Predicate, check: Check
    ) -> None:
        self.layer = wrap(app)
        self.flask = self.layer.flask
        self.app = app
        self.config = app.config
        self.threads = ServerThreads(app)
        self.is_limited = is_limited
        self.hashes = hashes
        self.check = check
        self.pages: deque[float] = deque(maxlen=PAGES)
        self.layer.flask = self

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        request = (self.flask, environ, start_response)
        if not self.is_limited(environ):
            return self.threads.run(*request)
        error = self.check(environ)
        if self.has_page_left() if error else not self.hashes(environ):
            return self.threads.run(*request)
        if error is None:
            most = max_hashing_requests(self.config)
            try:
                return self.threads.run_hashing(*request, most)
            except hashing.HashingBusyError:
                error = busy(environ)
        self.threads.hold()
        return bare_response(self.app, environ, error)(environ, start_response)

    def has_page_left(self) -> bool:
        """Count a refusal with the site's page; False if this second has had PAGES."""
        now = time.monotonic()
        if len(self.pages) == PAGES and now - self.pages[0] < 1:
            return False
        self.pages.append(now)
        return True


def busy(environ: WSGIEnvironment) -> HTTPException:
    """Return the 503 for a try that would wait too long for a password to be hashed."""
    error = hashing.HashingBusyError
    environ[request_log.NOTES] = {"failure": error.__name__}
    environ[request_log.LEVEL] = logging.WARNING
    return ServiceUnavailable(error.description, retry_after=RETRY_AFTER)
