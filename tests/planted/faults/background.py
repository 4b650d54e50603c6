"""Faults in how a job that fails is told to a test."""

from __future__ import annotations

ANSWERS = {"tasks": "threads"}

OWN = "tests/maintained/known_issues/test_thread_context.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "no job is told": (
        "app/core/background.py",
        "    job_submitted.send(app, future=future)\n",
        "",
        OWN,
    ),
    "no failure is told": (
        "tests/support/background_jobs.py",
        "    if errors:",
        "    if not errors:",
        OWN,
    ),
    "what is busy is 500": (
        "app/core/background.py",
        "class TooManyJobsError(UnavailableError)",
        "class TooManyJobsError(RuntimeError)",
        OWN,
    ),
}
