"""The structure of a rendered project: layers of imports, and no unused code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError
from graphlib import TopologicalSorter

from tests.static.import_checks import importable
from tests.static.import_checks import imports
from tests.static.import_checks import read
from tests.static.space import Space
from tests.static.trees import File

# The floors of a project, the lowest first. A module imports from its own floor and
# from the ones below. The first pattern that matches a module decides.
ACCOUNT_VALUES = (
    r"app\.accounts\.(addresses|hashing|login|passwords|redirects|session_user)"
)
FLOORS = {
    "core": r"app\.core(\..*)?",
    "values of accounts": ACCOUNT_VALUES,
    "extensions": r"app\.extensions",
    "models": r"app\.models",
    "accounts": r"app\.accounts(\..*)?",
    "areas": r"app\..*",
    "factory": r"app",
}
# In an area, routes.py imports `bp` from the package, which imports routes.py last.
WITHOUT_CYCLES = [name for name in FLOORS if name != "areas"]

# Files with code that uses modules of app/, and files that explain them.
CODE = re.compile(r"(app/|migrations/).*\.py|(config|run|serve|gunicorn\.conf)\.py")
PAGES = (".md",)
MAINTAINED = re.compile(r"app/(core|accounts)/(?!__init__)\w+\.py")

Graph = dict[str, set[str]]


def floor(module: str) -> str:
    return next(name for name, of in FLOORS.items() if re.fullmatch(of, module))


def graph(space: Space) -> Graph:
    """Return which modules of app/ each module of app/ imports, with any answers."""
    paths = [path for path in space.tables if path.startswith("app/")]
    modules = importable(paths)
    found: Graph = {}
    for name, path in modules.items():
        targets = {
            f"{module}.{part}" if f"{module}.{part}" in modules else module
            for module, part in imports(space, path)
        }
        found[name] = (targets & set(modules)) - {name}
    return found


def imports_upward(space: Space) -> Iterator[str]:
    """Yield modules that import from a floor above their own."""
    order = list(FLOORS)
    for module, targets in graph(space).items():
        for target in targets:
            if order.index(floor(target)) > order.index(floor(module)):
                yield (
                    f"{module} ({floor(module)}) imports {target}, which is on a "
                    f"floor above: {floor(target)}"
                )


def import_cycles(space: Space) -> Iterator[str]:
    """Yield cycles of imports, direct or through other modules.

    The imports of all answers are one graph: without a cycle, no answers have one.
    """
    sorter = TopologicalSorter(
        {
            module: {name for name in targets if floor(name) in WITHOUT_CYCLES}
            for module, targets in graph(space).items()
            if floor(module) in WITHOUT_CYCLES
        }
    )
    try:
        sorter.prepare()
    except CycleError as error:
        yield f"a cycle of imports: {' -> '.join(error.args[1])}"


@cache
def definitions(file: File) -> frozenset[str]:
    """Return the functions and classes of a module that nothing has decorated.

    What a decorator has registered, such as a command, needs no other use.
    """
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(
        node.name
        for node in ast.parse(file.text).body
        if isinstance(node, kinds) and not node.decorator_list
    )


@cache
def uses(file: File) -> frozenset[str]:
    """Return the names that a module uses: its own, or those of other modules."""
    found = {name for _, name in read(file).imports}
    for node in ast.walk(ast.parse(file.text)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return frozenset(found)


@cache
def words(file: File) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", file.text))


def unused_names(space: Space) -> Iterator[str]:
    """Yield functions and classes that nothing uses and no page explains."""
    for tree in space:
        known: set[str] = set()
        for file in tree.files.values():
            if CODE.fullmatch(file.path):
                known |= uses(file)
            elif file.path.endswith((*PAGES, ".html")):
                known |= words(file)
        for file in tree.files.values():
            if MAINTAINED.fullmatch(file.path):
                for name in definitions(file) - known:
                    yield f"{file.path}: nothing uses {name}, and no page names it"


def unused_modules(space: Space) -> Iterator[str]:
    """Yield maintained modules that nothing imports and no page shows."""
    for tree in space:
        imported = {
            dotted
            for file in tree.files.values()
            if CODE.fullmatch(file.path)
            for module, name in read(file).imports
            for dotted in (module, f"{module}.{name}")
        }
        pages = "".join(
            file.text for path, file in tree.files.items() if path.endswith(PAGES)
        )
        for path in tree.files:
            module = path.removesuffix(".py").replace("/", ".")
            # By its name, as `python -m` takes it.
            commands = tree.files.get("gunicorn.conf.py")
            if commands and f'"{module}"' in commands.text:
                continue
            if not MAINTAINED.fullmatch(path) or module in imported:
                continue
            if path not in pages and f"from {module} import" not in pages:
                yield f"{path} is imported by nothing"


def functions_without_a_word(space: Space) -> Iterator[str]:
    """Yield functions of maintained modules without a docstring.

    What init_app() does is said by its module. A decorated function belongs to a
    library, which calls it.
    """
    for file in space.of(".py"):
        if not MAINTAINED.fullmatch(file.path):
            continue
        for function in ast.parse(file.text).body:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not (
                function.name == "init_app"
                or function.decorator_list
                or ast.get_docstring(function)
            ):
                yield f"{file.path}: {function.name} has no docstring"


def errors_without_a_word(space: Space) -> Iterator[str]:
    """Yield functions that raise an error that their docstring does not name.

    Of a command, the docstring is the help text for the person who runs it.
    """
    for file in space.of(".py"):
        if not MAINTAINED.fullmatch(file.path):
            continue
        for function in ast.parse(file.text).body:
            if isinstance(function, ast.FunctionDef) and not function.decorator_list:
                text = ast.get_docstring(function) or ""
                for error in raised(function):
                    if error not in text:
                        yield f"{file.path}: {function.name} raises {error} unsaid"


def raised(node: ast.AST) -> Iterator[str]:
    """Return the classes that a function raises, without those of inner functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Raise) and child.exc is not None:
            call = child.exc
            name = ast.unparse(call.func if isinstance(call, ast.Call) else call)
            if (last := name.rpartition(".")[2])[0].isupper():
                yield last
        yield from raised(child)


def whose_it_is(space: Space) -> Iterator[str]:
    """Yield maintained modules that do not name their maintainer or their settings."""
    for file in space.of(".py"):
        if not MAINTAINED.fullmatch(file.path):
            continue
        module = ast.parse(file.text)
        text = " ".join((ast.get_docstring(module) or "").split())
        if "Maintained by copier-flask" not in text:
            yield f"{file.path} does not say that it is maintained"
        for name in settings_read(module) - set(re.findall(r"\w+", text)):
            yield f"{file.path} reads the setting {name}, which its docstring lacks"


def settings_read(module: ast.Module) -> set[str]:
    """Return the keys that a module reads from a configuration, by `[]` or `get()`."""
    found = set()
    for node in ast.walk(module):
        match node:
            case ast.Subscript(
                value=owner, slice=ast.Constant(value=key), ctx=ast.Load()
            ):
                pass
            case ast.Call(
                func=ast.Attribute(value=owner, attr="get" | "setdefault"),
                args=[ast.Constant(value=key), *_],
            ):
                pass
            case _:
                continue
        last = ast.unparse(owner).rpartition(".")[2]
        if last in {"config", "settings"} and isinstance(key, str) and key.isupper():
            found.add(key)
    return found
