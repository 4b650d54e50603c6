"""The settings of the background jobs. Maintained by copier-flask."""

from __future__ import annotations

from app.core.rules import Setting
from app.core.rules import whole_number

SETTINGS: tuple[Setting, ...] = (
    # Concurrent jobs per process, and the maximum number of waiting jobs. With 0
    # threads, submit() runs the job itself, as in tests, because a thread does not see
    # the transaction of a test.
    whole_number("BACKGROUND_THREADS", 4, high=512, by_config={"testing": 0}),
    whole_number("BACKGROUND_QUEUE", 100),
)
