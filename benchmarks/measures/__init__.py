"""What is measured: each measure has a number, a title, a goal, and a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.measure import Ratio
from benchmarks.place import Place


@dataclass(frozen=True)
class Measure:
    """A ratio, and what it should be: at most `goal`, or at least, if `more` is set.

    `needs_peer`: only if the path of the peer's template is given.
    """

    number: str
    title: str
    goal: float
    run: Callable[[Place], Ratio]
    more: bool = False
    needs_peer: bool = False

    def meets_goal(self, value: float) -> bool:
        return value >= self.goal if self.more else value <= self.goal
