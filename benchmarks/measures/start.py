"""What the start of an application costs."""

from __future__ import annotations

from benchmarks.measure import in_turns
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.place import Place
from benchmarks.processes import finished

# The end of a process is not its start: Python would first free each object. That costs
# half as much as the imports, and `gc.freeze()` in run.py leaves it out.
END = "; import os; os._exit(0)"
START = f"import run{END}"
LIBRARIES = f"import flask, flask_sqlalchemy, flask_login, flask_wtf{END}"


def start(place: Place) -> Ratio:
    ours = place.ours

    def cost(code: str) -> float:
        command = ("python", "-c", code)
        return finished(ours.folder, *command, environment=ours.environment).cpu

    return in_turns(
        lambda: cost(START), lambda: cost(LIBRARIES), place.scale.rounds
    ).ratio()


MEASURES = (
    Measure(
        "7", "start of a full project / importing four of its libraries", 1.25, start
    ),
)
