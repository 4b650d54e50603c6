"""Threads that send mail after the answer.

A thread begins with a mail and ends when no other waits, so that a process at rest has
none, and a fork inherits none. The end of a process waits for its threads, as Python
does, but no longer than STOP_AFTER says. Maintained by copier-flask.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from app.core.unavailable import UnavailableError

logger = logging.getLogger(__name__)

# Seconds after the end of the main thread in which jobs that wait are begun. Servers
# kill a process after 30, and the last attempt may take MAIL_TIMEOUT.
STOP_AFTER = 8


class QueueFullError(UnavailableError):
    """MAIL_QUEUE jobs wait."""


def is_stopping() -> bool:
    """Return whether the process is about to end."""
    return not threading.main_thread().is_alive()


def pause(seconds: float) -> bool:
    """Wait, and return True; return False at once if the process is about to end."""
    until = time.monotonic() + seconds
    while not is_stopping():
        left = until - time.monotonic()
        if left <= 0:
            return True
        time.sleep(min(left, 0.2))
    return False


class Threads:
    """At most `most` threads of one process, and `queue` jobs that wait."""

    def __init__(self, most: int, queue: int) -> None:
        self.most = most
        self.queue = queue
        self.jobs: deque[Callable[[], object]] = deque()
        self.running = 0
        self.lock = threading.Lock()
        self.seen_running = time.monotonic()

    def start(self, job: Callable[[], object]) -> None:
        """Let a thread call `job`, which must not raise.

        Raises `QueueFullError`, and RuntimeError if no thread can be started.
        """
        with self.lock:
            if len(self.jobs) >= self.queue:
                raise QueueFullError("MAIL_QUEUE jobs wait.")
            self.note_running()
            self.jobs.append(job)
            if self.running < self.most:
                self.start_thread()

    def start_thread(self) -> None:
        try:
            # Not a daemon, also if this thread is one: the process waits for it.
            # rule: thread-context - each job of mail.later() pushes its own
            threading.Thread(target=self.work, name="mail", daemon=False).start()
        except RuntimeError:  # the machine has no more
            if not self.running:
                self.jobs.pop()
                raise
        else:
            self.running += 1

    def work(self) -> None:
        while job := self.next_job():
            job()

    def next_job(self) -> Callable[[], object] | None:
        """Return the next job, or None if the thread has to end."""
        with self.lock:
            if self.jobs and self.is_late():
                logger.error("The process ended before %d mails.", len(self.jobs))
                self.jobs.clear()
            if self.jobs:
                return self.jobs.popleft()
            self.running -= 1
            return None

    def is_late(self) -> bool:
        """Return whether the process may have begun to end longer ago than STOP_AFTER.

        A thread that was busy knows only when the process was last seen running.
        """
        self.note_running()
        return time.monotonic() > self.seen_running + STOP_AFTER

    def note_running(self) -> None:
        """Note that the process runs, unless it is about to end."""
        if not is_stopping():
            self.seen_running = time.monotonic()
