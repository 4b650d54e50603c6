"""Faults that the tests of idempotent_teardown must find."""

from __future__ import annotations

from pathlib import Path

from tests.support.planting import replace

ANSWERS: dict[str, object] = {}
MODULE = "app/core/streaming.py"


def nothing(project: Path) -> None:
    replace(
        project,
        MODULE,
        "    app.teardown_appcontext(close_resources)\n",
        "    return\n",
    )
    stream_in_the_context_of_the_view(project)


def stream_in_the_context_of_the_view(project: Path) -> None:
    replace(
        project,
        MODULE,
        "return step_by_step(inside())",
        "return stream_with_context(inside() if app is None else chunks)",
    )
    replace(
        project,
        MODULE,
        "from flask import g\n",
        "from flask import g\nfrom flask import stream_with_context\n",
    )


def leave_what_is_closed_in_its_place(project: Path) -> None:
    replace(project, MODULE, "stack, _ = g.pop(", "stack, _ = g.get(")


def step_in_the_context_of_the_server(project: Path) -> None:
    replace(project, MODULE, "step(next, body)", "next(body)")
    replace(project, MODULE, "step(body.close)", "body.close()")


def pop_without_a_default(project: Path) -> None:
    replace(
        project,
        "app/core/health.py",
        "def health() -> Response:",
        "def forget(error: BaseException | None) -> None:\n"
        '    if "probed" in g:\n'
        '        g.pop("probed")\n\n\n'
        "def health() -> Response:",
    )
    replace(
        project,
        "app/core/health.py",
        "    app.before_request(answer_any_host)\n",
        "    app.before_request(answer_any_host)\n    app.teardown_request(forget)\n",
    )
    replace(
        project,
        "app/core/health.py",
        "from flask import Flask\n",
        "from flask import Flask\nfrom flask import g\n",
    )


def let_a_failure_skip_the_other_teardowns(project: Path) -> None:
    name = "app/core/streaming.py"
    logged = 'current_app.logger.exception("A resource could not be closed.")'
    replace(project, name, logged, "raise")


MUTATIONS = {
    "nothing is done": nothing,
    "a stream shares the context of its view": stream_in_the_context_of_the_view,
    "what is closed stays in its place": leave_what_is_closed_in_its_place,
    "a step runs in the context of the server": step_in_the_context_of_the_server,
    "a resource that fails skips teardowns": let_a_failure_skip_the_other_teardowns,
    "a teardown pops without a default": pop_without_a_default,
}
