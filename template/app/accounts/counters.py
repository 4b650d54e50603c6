"""Counters of attempts: in Redis, or in this process if Redis is not set or is down.

Maintained by copier-flask.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.storage import Storage

# Seconds for which a storage that has failed is not used.
RETRY_AFTER = 5

logger = logging.getLogger(__name__)


class Counters:
    """Counts in time windows; each window begins with its first attempt.

    Every count is one atomic step, so that simultaneous attempts get different
    numbers.
    """

    def __init__(self, storage: Storage, prefix: str = "") -> None:
        self.storage = storage
        self.prefix = [prefix] if prefix else []
        self.memory = storage if isinstance(storage, MemoryStorage) else MemoryStorage()
        self.lock = threading.Lock()
        self.down_until = 0.0
        self.is_down = False

    def add(self, limit: RateLimitItem, *key: str, amount: int = 1) -> int:
        """Add to a count, and return the new count."""
        name, seconds = self.name(limit, *key), limit.get_expiry()

        def step(storage: Any) -> int:
            count = int(storage.incr(name, seconds, amount))
            if count == 0 and storage is self.memory:
                # Otherwise every address that an attacker makes up is kept in memory.
                storage.clear(name)
            return count

        return int(self.ask(step))

    @property
    def is_shared(self) -> bool:
        """Return whether all processes share one count."""
        return self.storage is not self.memory

    def count(self, limit: RateLimitItem, *key: str) -> int:
        """Return a count; 0 after the end of its window."""
        name = self.name(limit, *key)
        return int(self.ask(lambda storage: storage.get(name)))

    def take_all(self, limit: RateLimitItem, *key: str) -> int:
        """Set a count to 0, and return the former count."""
        taken = max(0, self.count(limit, *key))
        if taken:
            # Another request may have taken some of it in between.
            missing = -min(0, self.add(limit, *key, amount=-taken))
            if missing:
                self.add(limit, *key, amount=missing)
                taken -= missing
        return max(0, taken)

    def seconds_left(self, limit: RateLimitItem, *key: str) -> float:
        """Return the seconds until the window of a count ends."""
        name = self.name(limit, *key)
        return float(self.ask(lambda storage: storage.get_expiry(name))) - time.time()

    def reset(self) -> None:
        """Set all counts to 0."""
        self.storage.reset()
        self.memory.reset()

    def name(self, limit: RateLimitItem, *key: str) -> str:
        """Return the key of a count in the storage."""
        return limit.key_for(*self.prefix, *key)

    def ask(self, question: Callable[[Any], float]) -> float:
        """Query the storage, or this process's memory while the storage is down."""
        if self.storage is not self.memory and time.monotonic() >= self.down_until:
            try:
                answer = question(self.storage)
            except StorageError as error:
                self.note_outage(error)
            else:
                self.is_down = False
                return answer
        # The operations of the memory storage are not atomic.
        with self.lock:
            return question(self.memory)

    def note_outage(self, error: StorageError) -> None:
        """Stop using the storage for RETRY_AFTER seconds; log the first failure."""
        with self.lock:
            known, self.is_down = self.is_down, True
            self.down_until = time.monotonic() + RETRY_AFTER
        if not known:
            logger.warning(
                "The storage of the limits does not answer (%s): this process counts "
                "for itself.",
                type(error.storage_error).__name__,
            )
