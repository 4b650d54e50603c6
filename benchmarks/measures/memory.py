"""The memory of servers, as PSS of all their processes."""

from __future__ import annotations

import threading
from http.client import HTTPConnection
from urllib.parse import urlencode
from urllib.parse import urlsplit

from benchmarks.inside import application
from benchmarks.loads import load
from benchmarks.measure import in_turns
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.measures.requests import JSON
from benchmarks.measures.requests import OURS
from benchmarks.measures.requests import USUAL
from benchmarks.place import Place
from benchmarks.processes import peak_of
from benchmarks.servers import Server

FORM = "/auth/login"
SECONDS = 60


def warmed(server: Server, requests: int) -> float:
    """Return the memory of a server after requests, in bytes."""
    load([f"{server.url}/", f"{server.url}{JSON}"], requests)
    return server.memory()


def default_command(place: Place) -> Ratio:
    warm, rounds = place.scale.warm, place.scale.slow_rounds

    def cost(application: str, command: tuple[str, ...]) -> float:
        with getattr(place, application).served(*command) as server:
            return warmed(server, warm)

    return in_turns(
        lambda: cost("seed", USUAL), lambda: cost("ours", OURS), rounds
    ).ratio()


def growth(place: Place) -> Ratio:
    """Compare a server with itself after many more requests."""
    with place.ours.served(*OURS) as server:
        first = warmed(server, place.scale.warm)
        return in_turns(
            lambda: warmed(server, place.scale.flat), lambda: first, 1
        ).ratio()


class LogIn(threading.Thread):
    """A browser that has opened the form, and sends it when all others have too."""

    def __init__(self, server: Server, number: int, ready: threading.Barrier) -> None:
        super().__init__()
        self.fields = {
            "email": application.email(number),
            "password": application.PASSWORD,
        }
        self.connection = HTTPConnection(urlsplit(server.url).netloc, timeout=SECONDS)
        self.ready = ready
        self.status = 0

    def run(self) -> None:
        self.connection.request("GET", FORM)
        page = self.connection.getresponse()
        cookies = page.headers.get_all("Set-Cookie") or []
        token = application.token_in(page.read().decode())
        self.fields["csrf_token"] = token
        self.ready.wait(SECONDS)
        self.connection.request(
            "POST",
            FORM,
            urlencode(self.fields),
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": "; ".join(cookie.split(";")[0] for cookie in cookies),
            },
        )
        self.status = self.connection.getresponse().status
        self.connection.close()


def memory_of_log_ins(server: Server, count: int) -> float:
    """Return how much memory log-ins at the same time take, at most, in bytes."""
    idle = server.memory()
    with peak_of(server.pid) as peak:
        ready = threading.Barrier(count)
        browsers = [LogIn(server, number + 1, ready) for number in range(count)]
        for browser in browsers:
            browser.start()
        for browser in browsers:
            browser.join()
    # A busy machine refuses some of them, so that the others are not slower.
    statuses = {browser.status for browser in browsers}
    if not {302} <= statuses <= {302, 503}:
        raise RuntimeError(f"not logged in: {[one.status for one in browsers]}")
    return peak.highest - idle


def log_ins_at_once(place: Place) -> Ratio:
    count, rounds = place.scale.logins, place.scale.slow_rounds

    def cost(count: int) -> float:
        # A new server each time: memory that was taken once may be kept.
        with place.ours.served(*OURS) as server:
            warmed(server, place.scale.warm)
            return memory_of_log_ins(server, count)

    return in_turns(lambda: cost(count), lambda: cost(1), rounds).ratio()


MEASURES = (
    Measure(
        "8",
        "memory: usual pattern with four workers / our default command",
        2.4,
        default_command,
        more=True,
    ),
    Measure(
        "8.1",
        "memory of our default command: after 10 000 requests / 1 000",
        1.05,
        growth,
    ),
    Measure(
        "9", "memory that 16 log-ins at once take / one log-in", 2, log_ins_at_once
    ),
)
