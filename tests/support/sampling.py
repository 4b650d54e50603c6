"""Samples: the same each time, and no larger if there is more to take them from.

A push takes them, and `--all` takes everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from itertools import cycle
from typing import TypeVar

import pytest

from tests.support import options

Item = TypeVar("Item")
Other = TypeVar("Other")


def evenly(items: Sequence[Item], number: int) -> list[Item]:
    """Return the first item and others equally far apart: `number`, or all if fewer."""
    number = min(number, len(items))
    return [items[part * len(items) // number] for part in range(number)]


def part(items: Sequence[Item], number: int) -> list[Item]:
    """Return some of the items, as `evenly()`; with `--all`, all of them."""
    return list(items) if options.chosen.everything else evenly(items, number)


def at_night(cost: str) -> pytest.MarkDecorator:
    """Return the mark of a test that only `--all` runs, because of what it costs."""
    return pytest.mark.skipif(
        not options.chosen.everything, reason=f"with --all: {cost}"
    )


def in_turn(items: Iterable[Item], others: Iterable[Other]) -> list[tuple[Item, Other]]:
    """Return each item once, with one of the others, which take turns."""
    return list(zip(items, cycle(others), strict=False))
