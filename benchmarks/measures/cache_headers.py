"""Which share of the public pages a shared cache may keep."""

from __future__ import annotations

from benchmarks.measure import constant
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.place import Place


def personal_headers(place: Place) -> dict[str, list[str]]:
    """Return, for each public page, the headers that forbid to share it."""
    found: dict[str, list[str]] = place.ours.json("headers")
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
    Measure(
        "14",
        "public pages without `Vary: Cookie` and `Set-Cookie` / all",
        1,
        lambda place: share(place, "without"),
        more=True,
    ),
    Measure(
        "14.1",
        "the same, if the visitor's session has a CSRF token",
        1,
        lambda place: share(place, "with"),
        more=True,
    ),
)
