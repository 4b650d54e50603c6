"""Comparing two costs: runs in turns, medians, and a ratio with its spread."""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# A run of one side, which returns its cost in a unit that both sides share.
Run = Callable[[], float]


@dataclass(frozen=True)
class Ratio:
    """A ratio, the lowest and the highest of its rounds, and a note for the table."""

    value: float
    low: float
    high: float
    note: str = ""

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Costs:
    """What each round cost on both sides."""

    above: Sequence[float]
    below: Sequence[float]

    def ratio(self, note: str = "") -> Ratio:
        """Return the ratio of the medians, with the spread of the rounds' ratios.

        Raises ValueError for a cost of nothing, which no ratio can have.
        """
        if not all(cost > 0 and math.isfinite(cost) for cost in self.below):
            raise ValueError(f"a round cost nothing: {self.below}")
        each = [one / other for one, other in zip(self.above, self.below, strict=True)]
        value = median(self.above) / median(self.below)
        return Ratio(value, min(each), max(each), note)


def in_turns(above: Run, below: Run, rounds: int) -> Costs:
    """Run both sides in turns, A B A B, so that a busy minute slows both of them."""
    costs = [(above(), below()) for _ in range(rounds)]
    return Costs([one for one, _ in costs], [other for _, other in costs])


def constant(value: float, note: str = "") -> Ratio:
    """Return a ratio of counts, which no round changes."""
    return Ratio(value, value, value, note)
