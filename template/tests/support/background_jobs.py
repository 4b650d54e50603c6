"""A background job that fails in a test fails that test, also if its view succeeds.

Maintained like app/core. A test that expects a job to fail removes it from the list:
`error = submitted_jobs.pop().exception(10)`.
"""

from __future__ import annotations

from collections.abc import Generator
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any
from typing import cast

import pytest
from flask import Flask

from app.core.background import job_submitted

LONGEST = 10  # seconds for a job to finish after its test


@pytest.fixture(autouse=True)
def submitted_jobs() -> Iterator[list[Future[Any]]]:
    """The jobs of this test, in the order of submission."""
    jobs: list[Future[Any]] = []

    def note(app: Flask, future: Future[Any]) -> None:
        jobs.append(future)

    with job_submitted.connected_to(note):
        yield jobs


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    result = yield
    jobs = cast("list[Future[Any]]", pyfuncitem.funcargs["submitted_jobs"])
    errors = [error for job in jobs if (error := failure(job))]
    if errors:
        raise BaseExceptionGroup("Background jobs of this test failed.", errors)
    return result


def failure(job: Future[Any]) -> BaseException | None:
    """Wait for a job, and return what it raised, or None."""
    return None if job.cancelled() else job.exception(LONGEST)
