"""What a request costs: in process, and under the servers."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.request import urlopen

from benchmarks.loads import load
from benchmarks.measure import in_turns
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.place import Application
from benchmarks.place import Place
from benchmarks.servers import Server

JSON, PAGE = "/bench/json", "/bench/page"

# The default command of a project, and the command of tutorials.
OURS = ("gunicorn", "run:app")
GRANIAN = ("python", "serve.py")
USUAL = ("gunicorn", "--workers=4", "--bind=127.0.0.1:PORT", "run:app")
# The baseline under a server like that of a project.
THREADS = (
    "gunicorn", "--workers=2", "--threads=4", "--keep-alive=75", "--preload",
    "--bind=127.0.0.1:PORT", "run:app",
)  # fmt: skip
GRANIAN_ITSELF = (
    "granian", "--interface=wsgi", "--workers=2", "--blocking-threads=4",
    "--host=127.0.0.1", "--port=PORT", "--http=1", "run:app",
)  # fmt: skip


def called(
    place: Place, above: Application, below: Application, path: str, *, user: bool
) -> Ratio:
    """Compare two applications that answer the same request in process."""
    calls, rounds = place.scale.calls, place.scale.rounds
    with (
        above.called(path, is_logged_in=user) as one,
        below.called(path, is_logged_in=user) as other,
    ):
        require_same(one.answer["body"], other.answer["body"])
        costs = in_turns(lambda: one.cost(calls), lambda: other.cost(calls), rounds)
    return costs.ratio()


def require_same(one: str, other: str) -> None:
    """Raise RuntimeError unless two answers say the same: JSON, or e-mail addresses.

    Pages differ in their layout.
    """
    found = [set(re.findall(r"[\w-]+@[\w.]+", text)) for text in (one, other)]
    if found[0] != found[1] or not (found[0] or one == other):
        raise RuntimeError(f"different answers:\n{one}\n{other}")


def body(server: Server) -> str:
    with urlopen(f"{server.url}{JSON}", timeout=10) as answer:  # noqa: S310  # loopback
        content: bytes = answer.read()
    return content.decode()


def loaded(server: Server, requests: int) -> Callable[[], float]:
    """Return a function that sends requests and returns the CPU time of the server."""

    def cost() -> float:
        before = server.cpu()
        load([f"{server.url}{JSON}"], requests)
        return server.cpu() - before

    cost()
    return cost


def served(
    place: Place,
    above: tuple[Application, tuple[str, ...]],
    below: tuple[Application, tuple[str, ...]],
) -> Ratio:
    """Compare two applications under a server each; CPU time of the servers' trees."""
    requests, rounds = place.scale.requests, place.scale.rounds
    with above[0].served(*above[1]) as one, below[0].served(*below[1]) as other:
        require_same(body(one), body(other))
        return in_turns(loaded(one, requests), loaded(other, requests), rounds).ratio()


def json_in_process(place: Place) -> Ratio:
    return called(place, place.ours, place.bare, JSON, user=False)


def json_served(place: Place) -> Ratio:
    return served(place, (place.ours, OURS), (place.bare, THREADS))


def page_in_process(place: Place) -> Ratio:
    return called(place, place.seed, place.ours, PAGE, user=True)


def dashboard_in_process(place: Place) -> Ratio:
    return called(place, place.seed, place.ours, "/dashboard", user=True)


def json_on_granian(place: Place) -> Ratio:
    return served(place, (place.seed, USUAL), (place.granian, GRANIAN))


def the_same_on_granian(place: Place) -> Ratio:
    return served(place, (place.seed, USUAL), (place.seed, GRANIAN_ITSELF))


MEASURES = (
    Measure(
        "1",
        "JSON view without a query, in process / bare Flask with sessions",
        1.5,
        json_in_process,
    ),
    Measure(
        "2",
        "the same under the default server / bare Flask under its like",
        1.3,
        json_served,
    ),
    Measure(
        "3",
        "page of a user with one query, in process: usual pattern / ours",
        1.1,
        page_in_process,
        more=True,
    ),
    Measure(
        "3.1",
        "dashboard, in process: usual pattern / ours",
        1,
        dashboard_in_process,
        more=True,
    ),
    Measure(
        "4",
        "JSON view: usual pattern under four sync workers / ours, granian",
        1.5,
        json_on_granian,
        more=True,
    ),
    Measure(
        "4.1",
        "the usual pattern: under four sync workers / under granian",
        3,
        the_same_on_granian,
        more=True,
    ),
)
