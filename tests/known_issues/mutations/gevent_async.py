"""Faults in the support for async views under gevent."""

from __future__ import annotations

from pathlib import Path

from tests.support.planting import replace

ANSWERS: dict[str, object] = {"server": "gunicorn-gevent"}
MODULE = "app/core/async_views.py"


def nothing_done(project: Path) -> None:
    line = "app.async_to_sync = async_to_sync  # type: ignore[method-assign]"
    replace(project, MODULE, line, "assert app")


def a_loop_for_each_request(project: Path) -> None:
    condition = 'if not monkey.is_module_patched("threading"):'
    replace(project, MODULE, condition, "if monkey:")


def the_loop_of_the_parent(project: Path) -> None:
    replace(project, MODULE, "running_loop(os.getpid())", "running_loop(0)")


def no_end_of_what_nobody_waits_for(project: Path) -> None:
    replace(project, MODULE, "task.cancel()\n            raise", "raise")


def a_loop_that_ends(project: Path) -> None:
    loop = "            loop.run_forever()"
    replace(project, MODULE, loop, f"{loop}\n        return")


def a_loop_that_sleeps_on(project: Path) -> None:
    line = "loop.call_soon = loop.call_soon_threadsafe  # type: ignore[method-assign]"
    replace(project, MODULE, line, "assert loop")


MUTATIONS = {
    "async functions run as Flask runs them": nothing_done,
    "each request runs its own loop": a_loop_for_each_request,
    "a fork uses the loop of its parent": the_loop_of_the_parent,
    "a view continues after its request was abandoned": no_end_of_what_nobody_waits_for,
    "the loop ends with a view that asks the program to end": a_loop_that_ends,
    "the loop sleeps on when a greenlet calls it": a_loop_that_sleeps_on,
}
