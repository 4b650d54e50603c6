"""Find threads whose function pushes no application context.

Modules are read one at a time: a function that runs in a thread must push its context
in the module that starts the thread, where a reader sees both.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.maintained.rules.source_rules import is_exception

ROOT = Path(__file__).parents[3]
MODULES = [*sorted((ROOT / "app").rglob("*.py")), ROOT / "config.py", ROOT / "run.py"]

# What starts a thread: position and name of the argument that runs in it.
STARTS = {
    "Thread": (1, "target"),
    "Timer": (1, "function"),
    "start_new_thread": (0, "function"),
    "run_in_executor": (1, "func"),
    "to_thread": (0, "func"),
}
STARTS_OF_POOLS = {"submit": (0, "fn"), "map": (0, "fn"), "apply_async": (0, "func")}
POOL = re.compile(r"(pool|executor)$", re.IGNORECASE)

PUSHES = {"app_context", "test_request_context", "copy_current_request_context"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def without_context(source: str) -> list[str]:
    """Return each start of a thread whose function pushes no context."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]

    found = []
    for start, given in starts(tree):
        run = [node for node in functions if node.name == last_name(given)]
        is_right = pushes(given) or (run and all(map(pushes, run)))
        if not is_right and not is_exception(source, start.lineno, "thread-context"):
            found.append(f"line {start.lineno}: {ast.unparse(start).splitlines()[0]}")
    return found


def starts(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, ast.AST]]:
    """Each expression that starts a thread, with what runs in it."""
    pools = set(pools_of(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and "Thread" in map(last_name, node.bases):
            yield node, node
        elif isinstance(node, ast.Call):
            pool = ast.unparse(getattr(node.func, "value", node.func))
            of_pool = STARTS_OF_POOLS if pool in pools or POOL.search(pool) else {}
            if place := (STARTS | of_pool).get(last_name(node.func)):
                yield node, given(node, *place)


def pools_of(tree: ast.Module) -> Iterator[str]:
    """The names of the thread pools of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            names, made = node.targets, node.value
        elif isinstance(node, ast.withitem) and node.optional_vars:
            names, made = [node.optional_vars], node.context_expr
        else:
            continue
        if isinstance(made, ast.Call) and POOL.search(last_name(made.func)):
            yield from map(ast.unparse, names)


def given(call: ast.Call, position: int, name: str) -> ast.AST:
    """Return the function that a call runs, also inside partial() or Context().run."""
    by_name = [keyword.value for keyword in call.keywords if keyword.arg == name]
    arguments = by_name or call.args[position:]
    if not arguments:
        return call
    run = arguments[0]
    if last_name(run) == "run" and len(arguments) > 1:
        return arguments[1]
    if isinstance(run, ast.Call) and last_name(run.func) == "partial":
        return given(run, 0, "func")
    return run


def pushes(node: ast.AST) -> bool:
    return any(last_name(part) in PUSHES for part in ast.walk(node))


def last_name(node: ast.AST) -> str:
    """Return `c` for `c` and `a.b.c`, an empty string for other nodes."""
    return getattr(node, "id", "") or getattr(node, "attr", "")


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_what_runs_in_a_thread_pushes_its_context(path: Path) -> None:
    assert without_context(path.read_text(encoding="utf-8")) == []


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
