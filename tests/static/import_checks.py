"""Imports, and the packages that a project declares for them."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from trees import File
from trees import Tree
from trees import Trees

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


def importable(tree: Tree) -> dict[str, File]:
    """Return the modules of a project by the dotted names that they have."""
    found = {}
    for path, file in tree.files.items():
        for folder in FOLDERS:
            inner = path.removeprefix(folder)
            if path.startswith(folder) and re.fullmatch(r"[\w/]+\.py", inner):
                dotted = inner.removesuffix(".py").replace("/", ".")
                found[dotted.removesuffix(".__init__")] = file
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


def unresolved(trees: Trees) -> Iterator[str]:
    """Yield imports of neither a file nor a declared package."""
    for tree in trees:
        modules = importable(tree)
        own = {name.split(".")[0] for name in modules} | {"tests"}
        of_production, all_packages = declared(tree.files["pyproject.toml"])
        for file in tree.files.values():
            if file.suffix != ".py":
                continue
            development = file.path.startswith(OF_DEVELOPMENT)
            packages = all_packages if development else of_production
            for module, name in read(file).imports:
                top = module.split(".")[0]
                if top in sys.stdlib_module_names:
                    continue
                if top not in own and package_of(top) not in packages:
                    yield f"{file.path} imports {top}, which is not declared"
                if top in own and not leads_to(module, name, modules):
                    yield f"{file.path} imports {name or 'all'} of {module}: not there"


def leads_to(module: str, name: str, modules: dict[str, File]) -> bool:
    if f"{module}.{name}" in modules:
        return True
    if module not in modules:
        return not name and any(dotted.startswith(f"{module}.") for dotted in modules)
    return not name or name in read(modules[module]).names


def unused(trees: Trees) -> Iterator[str]:
    """Yield declared packages that nothing imports or needs."""
    for tree in trees:
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
