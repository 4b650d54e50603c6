"""What a test costs, without the start of pytest."""

from __future__ import annotations

import re

from benchmarks.inside.application import PASSWORD
from benchmarks.measure import in_turns
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.place import Application
from benchmarks.place import INSIDE
from benchmarks.place import Place
from benchmarks.place import PRODUCTION
from benchmarks.processes import finished

# In the folder of the owner's tests, so that it uses their fixtures. A page and a
# registration in turns, as suites have both. Both sides log in at once: the setting
# is for ours, which otherwise asks for a confirmation by mail.
SUITE = "tests/test_bench.py"
TEST = """\
import pytest

FIELDS = {{
    "email": "ada@example.com",
    "password": "{password}",
    "confirm": "{password}",
}}


@pytest.mark.parametrize("number", range({count}))
def test_a_visitor_is_answered(client, number):
    if number % 2:
        client.application.config["EMAIL_CONFIRMATION"] = "banner"
        assert client.post("/auth/register", data=FIELDS).status_code == 302
    else:
        assert client.get("/").status_code == 200
"""


def cost_of_one(application: Application, count: int) -> float:
    """Return the CPU time of a test, in seconds, without the first test."""
    suite = TEST.format(count=count + 1, password=PASSWORD)
    (application.folder / SUITE).write_text(suite)
    command = (
        "python", "-m", "pytest", "-q", "-p", "no:cacheprovider",
        "-p", "net_of_the_start", "--basetemp=tmp-of-tests", SUITE,
    )  # fmt: skip
    # The tests of a project have their own settings.
    environment = {
        name: value
        for name, value in application.environment.items()
        if name not in PRODUCTION and name != "DATABASE_URL"
    }
    output = finished(
        application.folder,
        *command,
        environment={**environment, "PYTHONPATH": str(INSIDE)},
    ).output
    found = re.search(rf"CPU of {count} tests: (\S+)", output)
    if found is None or f"{count + 1} passed" not in output:
        raise RuntimeError(f"not {count + 1} tests:\n{output}")
    return float(found[1]) / count


def cost_per_test(place: Place) -> Ratio:
    count, rounds = place.scale.tests, place.scale.slow_rounds
    return in_turns(
        lambda: cost_of_one(place.seed, count),
        lambda: cost_of_one(place.ours, count),
        rounds,
    ).ratio()


MEASURES = (
    Measure(
        "5",
        "a test, net of the start: an application for each / our fixtures",
        12,
        cost_per_test,
        more=True,
    ),
)
