"""Imports, and the packages that a project declares for them."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.static.space import Space
from tests.static.tables import Key
from tests.static.trees import File

# Where a package has another name than what is imported.
# Flask brings Jinja.
PACKAGES = {"dotenv": "python-dotenv", "jinja2": "flask"}
# What no line imports, with the file and the words in it that need it.
NEEDED_BY = {
    "python-dotenv": (".flaskenv", "FLASK_APP"),
    "gunicorn": ("gunicorn.conf.py", "def "),
    "psycopg": (".env.example", "postgresql://"),
    "pymysql": (".env.example", "mysql://"),
    "redis": ("config.py", "REDIS_URL"),
    "ruff": ("justfile", "uv run ruff"),
    "mypy": ("justfile", "uv run mypy"),
    "rust-just": ("justfile", "@just"),
    "prek": (".pre-commit-config.yaml", "repos:"),
}
# Each test module's own folder is on the path, as pytest puts it there.
FOLDERS = ("", "tests/", "tests/known_issues/")
# Files that only run in development may import packages that only it installs.
OF_DEVELOPMENT = "tests/"
PYPROJECT = "pyproject.toml"


@dataclass(frozen=True)
class Module:
    """What a module imports, and the names that others may import from it."""

    imports: frozenset[tuple[str, str]]  # a module, and a name in it or nothing
    names: frozenset[str]


@cache
def read(file: File) -> Module:
    imports: set[tuple[str, str]] = set()
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.text)):
        match node:
            case ast.Import():
                imports |= {(alias.name, "") for alias in node.names}
                names |= {alias.asname or alias.name for alias in node.names}
            case ast.ImportFrom():
                imports |= {(str(node.module), alias.name) for alias in node.names}
                names |= {alias.asname or alias.name for alias in node.names}
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Name(ctx=ast.Store()):
                names.add(node.id)
    return Module(frozenset(imports), frozenset(names))


def importable(paths: Iterable[str]) -> dict[str, str]:
    """Return the paths of modules by the dotted names that they have."""
    found = {}
    for path in paths:
        for folder in FOLDERS:
            inner = path.removeprefix(folder)
            if path.startswith(folder) and re.fullmatch(r"[\w/]+\.py", inner):
                dotted = inner.removesuffix(".py").replace("/", ".")
                found[dotted.removesuffix(".__init__")] = path
    return found


@cache
def declared(pyproject: File) -> tuple[frozenset[str], frozenset[str]]:
    """Return the packages of production, and those and the ones of development."""
    content = tomllib.loads(pyproject.text)
    groups = (content["project"]["dependencies"], content["dependency-groups"]["dev"])
    names = [{re.split(r"[^\w-]", line)[0] for line in group} for group in groups]
    return frozenset(names[0]), frozenset(names[0] | names[1])


def package_of(module: str) -> str:
    top = module.split(".", maxsplit=1)[0]
    return PACKAGES.get(top, top.replace("_", "-"))


def imports(space: Space, path: str) -> dict[tuple[str, str], set[Key]]:
    """Return what a module imports, a module and a name, with the answers for each."""
    found: dict[tuple[str, str], set[Key]] = defaultdict(set)
    for key, file in space.tables[path].results.items():
        for imported in read(file).imports if file else ():
            found[imported].add(key)
    return found


def unresolved(space: Space) -> Iterator[str]:
    """Yield imports of neither a file nor a declared package."""
    modules = importable(space.tables)
    own = {name.split(".")[0] for name in modules} | {"tests"}
    without = cache(lambda package, group: undeclared(space, package, group))
    for path in space.tables:
        if not path.endswith(".py"):
            continue
        for (module, name), keys in imports(space, path).items():
            top = module.split(".")[0]
            if top in sys.stdlib_module_names:
                continue
            if top in own:
                if not leads_to(space, modules, path, keys, (module, name)):
                    yield f"{path} imports {name or 'all'} of {module}: not there"
            else:
                group = 1 if path.startswith(OF_DEVELOPMENT) else 0
                if space.meet(path, keys, PYPROJECT, without(package_of(top), group)):
                    yield f"{path} imports {top}, which is not declared"


def undeclared(space: Space, package: str, group: int) -> set[Key]:
    """Return the answers with which a group of packages is without one."""
    return space.keys(
        PYPROJECT, lambda file: file is None or package not in declared(file)[group]
    )


def leads_to(
    space: Space,
    modules: dict[str, str],
    path: str,
    keys: set[Key],
    imported: tuple[str, str],
) -> bool:
    """Return whether what a module imports is there with all answers that import it."""
    module, name = imported
    inner = modules.get(f"{module}.{name}")
    if inner and not space.meet(path, keys, inner, space.keys(inner, is_absent)):
        return True
    if module in modules:
        without = space.keys(
            modules[module],
            lambda file: file is None or (name != "" and name not in read(file).names),
        )
        return not space.meet(path, keys, modules[module], without)
    return not name and any(dotted.startswith(f"{module}.") for dotted in modules)


def is_absent(file: File | None) -> bool:
    return file is None


def unused(space: Space) -> Iterator[str]:
    """Yield declared packages that nothing imports or needs."""
    for tree in space:
        imported = {
            package_of(module)
            for file in tree.files.values()
            if file.suffix == ".py"
            for module, _ in read(file).imports
        }
        for package in declared(tree.files["pyproject.toml"])[1] - imported:
            # Type stubs belong to a package, which a module must import.
            if package.removeprefix("types-") in imported:
                continue
            path, words = NEEDED_BY.get(package, ("", ""))
            if path not in tree.files or words not in tree.files[path].text:
                yield f"pyproject.toml declares {package}, which nothing uses"
