"""Samples: the same each time, and no larger if there is more to take them from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def evenly(items: Sequence[Item], number: int) -> list[Item]:
    """Return the first item and others equally far apart: `number`, or all if fewer."""
    number = min(number, len(items))
    return [items[part * len(items) // number] for part in range(number)]
