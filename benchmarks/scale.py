"""How much each measure does: for figures, or only to show that it works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Counts of one run of the measurements."""

    rounds: int  # of each side, in turns
    slow_rounds: int  # of what takes seconds, such as rendering a project
    calls: int  # in process, in a round
    requests: int  # to a server, in a round
    warm: int  # requests before the first look at the memory
    flat: int  # requests between the looks at the memory
    logins: int  # at once
    accounts: int  # in the list of the API
    tests: int  # in the suite
    seconds: float  # of writing to SQLite


FULL = Scale(
    rounds=11,
    slow_rounds=7,
    calls=2_000,
    requests=4_000,
    warm=1_000,
    flat=9_000,
    logins=16,
    accounts=100_000,
    tests=200,
    seconds=5,
)
SHORT = Scale(
    rounds=1,
    slow_rounds=1,
    calls=20,
    requests=200,
    warm=20,
    flat=20,
    logins=2,
    accounts=150,
    tests=10,
    seconds=0.5,
)
