"""Find threads whose function pushes no application context.

Modules are read one at a time: a function that runs in a thread must push its context
in the module that starts the thread, where a reader sees both.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.maintained.rules.source_rules import is_exception

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
