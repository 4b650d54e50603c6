"""What a request costs: in process, and under the servers."""

from __future__ import annotations

from collections.abc import Callable

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
    with above.called(path, is_logged_in=user) as one:
        with below.called(path, is_logged_in=user) as other:
            return in_turns(
                lambda: one.cost(calls), lambda: other.cost(calls), rounds
            ).ratio()


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
        return in_turns(
            loaded(one, requests), loaded(other, requests), rounds
        ).ratio()


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
    Measure("1", "JSON view, all layers, no query, in process / bare Flask with sessions", 1.5, json_in_process),  # noqa: E501
    Measure("2", "the same under the default server / bare Flask under gunicorn with as many workers and threads", 1.3, json_served),  # noqa: E501
    Measure("3", "page of a user with one query, in process: the usual pattern / ours", 1.1, page_in_process, more=True),  # noqa: E501
    Measure("3.1", "dashboard as it comes, in process: the usual pattern / ours", 1, dashboard_in_process, more=True),  # noqa: E501
    Measure("4", "JSON view: the usual pattern under gunicorn with four workers / ours under granian", 1.5, json_on_granian, more=True),  # noqa: E501
    Measure("4.1", "JSON view of the usual pattern: gunicorn with four workers / granian", 3, the_same_on_granian, more=True),  # noqa: E501
)  # fmt: skip
