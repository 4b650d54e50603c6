"""Faults in the application context of jobs, and in their limits."""

from __future__ import annotations

from pathlib import Path

from tests.support.planting import replace

ANSWERS: dict[str, object] = {"tasks": "threads"}
MODULE = "app/core/background.py"
PUSHED = """with app.app_context():
            g.request_id = origin
            return"""


def nothing_done(project: Path) -> None:
    started = "future = jobs.start(job) if jobs else done_here(job)"
    replace(project, MODULE, started, "future = done_here(lambda: jobs and None)")


def no_context(project: Path) -> None:
    replace(project, MODULE, PUSHED, "return")


def context_of_the_request(project: Path) -> None:
    no_context(project)
    copy_of_the_context(project)


def copy_of_the_context(project: Path) -> None:
    replace(project, MODULE, "import Context\n", "import copy_context\n")
    replace(project, MODULE, "Context().run", "copy_context().run")


def proxy(project: Path) -> None:
    replace(project, MODULE, "from flask.globals import app_ctx\n", "")
    replace(
        project,
        MODULE,
        "import Flask\n",
        "import current_app\nfrom flask import Flask\n",
    )
    replace(project, MODULE, "app_ctx.app,", "current_app,")


def no_limit(project: Path) -> None:
    replace(project, MODULE, "(threads + queue)", "(threads + queue + 1000)")


def places_kept(project: Path) -> None:
    replace(project, MODULE, "lambda _: self.places.release()", "lambda _: None")


def failures_lost(project: Path) -> None:
    replace(
        project, MODULE, "if not future.cancelled() and", "if future.cancelled() and"
    )


def models_taken(project: Path) -> None:
    known = "sa.inspect(type(value), raiseerr=False) is not None"
    replace(project, MODULE, known, "sa is None")


def one_pool_for_all_processes(project: Path) -> None:
    replace(project, MODULE, "os.getpid()", "os.getppid()")


def connections_for_requests_alone(project: Path) -> None:
    count = ' + config.get("BACKGROUND_THREADS", 0)'
    replace(project, "app/core/database_url.py", count, "")


def thread_of_a_module(project: Path) -> None:
    routes = "app/main/routes.py"
    first = "from __future__ import annotations\n"
    replace(
        project,
        routes,
        first,
        f"{first}\nimport threading\n\n\ndef later() -> None:\n"
        "    threading.Thread(target=print).start()\n\n",
    )


MUTATIONS = {
    "submit() does nothing": nothing_done,
    "jobs have no context": no_context,
    "jobs have the context of their request": context_of_the_request,
    "jobs have a context in a copy of their request's": copy_of_the_context,
    "threads are given the proxy current_app": proxy,
    "any number of jobs may wait": no_limit,
    "jobs that have ended keep their places": places_kept,
    "failures of jobs are not logged": failures_lost,
    "model objects go into threads": models_taken,
    "a fork uses the threads of its parent": one_pool_for_all_processes,
    "threads take the connections of requests": connections_for_requests_alone,
    "a module starts a thread without a context": thread_of_a_module,
}
