"""What the pages of a long list of the API cost."""

from __future__ import annotations

from benchmarks.measure import in_turns
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.place import Place

LIMIT = 50
FIRST = f"/api/v1/users?limit={LIMIT}"


def last_page(accounts: int) -> str:
    """Return the address of the last page, which is as long as the first."""
    return f"{FIRST}&after={accounts - LIMIT}"


def pages_of_a_list(place: Place) -> Ratio:
    accounts, rounds = place.scale.accounts, place.scale.rounds
    calls = max(place.scale.calls // 10, 1)
    listed = place.listed
    with (
        listed.called(last_page(accounts), is_logged_in=True) as last,
        listed.called(FIRST, is_logged_in=True) as first,
    ):
        for one in (first, last):
            if one.answer["body"].count('"email"') != LIMIT:
                raise RuntimeError(f"not a whole page: {one.answer}")
        costs = in_turns(lambda: last.cost(calls), lambda: first.cost(calls), rounds)
    return costs.ratio()


MEASURES = (
    Measure(
        "6",
        "list of the API, last page of 100 000 accounts / first page",
        1.05,
        pages_of_a_list,
    ),
)
