"""Where a module starts threads without a context, and where it has one."""

from __future__ import annotations

import pytest

from tests.maintained.rules.thread_starts import without_context

WITH_ITS_OWN = "def work(app):\n    with app.app_context():\n        pass\n"
WITHOUT = "def work(app):\n    app.name\n"


@pytest.mark.parametrize(
    "start",
    [
        "threading.Thread(target=work)",
        "Thread(None, work)",
        "Thread(target=partial(work, 1))",
        "Timer(1, work)",
        "_thread.start_new_thread(work, ())",
        "asyncio.to_thread(work)",
        "self.pool.submit(work)",
        "executor.submit(Context().run, work)",
        "with ThreadPoolExecutor() as threads: threads.map(work, [1])",
        "threads = ThreadPoolExecutor(); threads.submit(work)",
    ],
)
def test_a_thread_without_a_context_is_reported(start: str) -> None:
    assert without_context(WITHOUT + start) != []
    assert without_context(WITH_ITS_OWN + start) == []


@pytest.mark.parametrize(
    "start",
    [
        "Thread(target=imported)",
        "Timer(1, lambda: current_app.name)",
        "Thread(target=context.run, args=(work,))",
        "class Worker(Thread):\n    def run(self):\n        self.work()",
    ],
)
def test_a_thread_without_a_visible_context_is_reported(start: str) -> None:
    assert without_context(WITH_ITS_OWN + start) != []


def test_a_start_may_be_an_exception_with_a_reason() -> None:
    comment = "# rule: thread-context - send() pushes one\n"

    assert without_context(f"{comment}Thread(target=imported)") == []


@pytest.mark.parametrize(
    "code",
    [
        "Thread(target=copy_current_request_context(work))",
        "class Worker(Thread):\n    def run(self):\n        app.app_context().push()",
        "form.submit(work)",
        "map(work, [1])",
    ],
)
def test_threads_with_a_context_and_other_code_are_not_reported(code: str) -> None:
    assert without_context(WITHOUT + code) == []
