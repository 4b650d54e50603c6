"""Which share of the public pages a shared cache may keep."""

from __future__ import annotations

import json

from benchmarks.measure import constant
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.place import Place


def personal_headers(place: Place) -> dict[str, list[str]]:
    """Return, for each public page, the headers that forbid to share it."""
    last_line = place.ours.python("headers.py").splitlines()[-1]
    found: dict[str, list[str]] = json.loads(last_line)
    return found


def share(place: Place, which: str) -> Ratio:
    found = {
        path: headers
        for path, headers in personal_headers(place).items()
        if path.endswith(f" {which} a cookie")
    }
    personal = [path.split()[0] for path, headers in found.items() if headers]
    note = f"not {', '.join(personal)}" if personal else ""
    return constant(1 - len(personal) / len(found), note)


MEASURES = (
    Measure("14", "public pages without `Vary: Cookie` and `Set-Cookie` / all of them", 1, lambda place: share(place, "without"), more=True),  # noqa: E501
    Measure("14.1", "the same, if the request has a cookie", 1, lambda place: share(place, "with"), more=True),  # noqa: E501
)  # fmt: skip
