"""The settings of the background jobs. Maintained by copier-flask."""

from __future__ import annotations

from app.core.rules import Setting
from app.core.rules import whole_number

SETTINGS: tuple[Setting, ...] = (
    # How many jobs a process works on at once, and how many more may wait. With no
    # thread, each job is done where it is submitted; so it is in tests, because a
    # thread does not see what a test does within its transaction.
    whole_number("BACKGROUND_THREADS", 4, high=512, by_config={"testing": 0}),
    whole_number("BACKGROUND_QUEUE", 100),
)
