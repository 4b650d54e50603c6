"""Whether a project is sound, as far as a fraction of a second shows.

Each distinct file is read once. A few lives are installed, typed and tested too.
"""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jinja2
import yaml

from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import files
from tests.support.rendering import run
from tests.support.rendering import said
from tests.update.projects_to_update import MARKER

RUFF = str(BIN / "ruff")
PAGES = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
OWN = {"app", "config", "run", "tests"}


def faults(project: Path) -> Iterator[str]:
    """Yield what is wrong: files that do not parse, imports, what ruff finds, marks."""
    content = files(project)
    for path, data in content.items():
        if MARKER.search(data):
            yield f"{path} has the marks of a conflict"
        if fault := unreadable(path.rpartition("/")[2], data):
            yield f"{path}: {fault}"
    yield from unresolved(content)
    done = attempt(project, RUFF, "check", "--no-cache", "--output-format=concise", ".")
    if done.returncode:
        yield said(done)


def fix(project: Path) -> None:
    """Do what `just fix` does."""
    run(project, RUFF, "check", "--no-cache", "--fix-only", "--quiet", ".")
    run(project, RUFF, "format", "--no-cache", "--quiet", ".")


@cache
def unreadable(name: str, data: bytes) -> str:
    """Return why a file cannot be read, or nothing."""
    try:
        match name.rpartition(".")[2]:
            case "py":
                compile(data, name, "exec")
            case "toml":
                tomllib.loads(data.decode())
            case "yml" | "yaml":
                list(yaml.safe_load_all(data))
            case "json":
                json.loads(data)
            case "html":
                PAGES.parse(data.decode())
    except (SyntaxError, ValueError, yaml.YAMLError, jinja2.TemplateError) as error:
        return str(error)
    return ""


@cache
def imports(data: bytes) -> frozenset[tuple[str, str]]:
    """Return the modules of the project that a module imports, each with a name."""
    return frozenset(
        (node.module, alias.name)
        for node in ast.walk(ast.parse(data))
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
        for alias in node.names
        if node.module.split(".")[0] in OWN
    )


@cache
def names(data: bytes) -> frozenset[str]:
    """Return the names that others may import from a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(data)):
        match node:
            case ast.Import() | ast.ImportFrom():
                found |= {alias.asname or alias.name for alias in node.names}
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.Name(ctx=ast.Store()):
                found.add(node.id)
    return frozenset(found)


def unresolved(content: dict[str, bytes]) -> Iterator[str]:
    """Yield the imports of the project's own modules that lead to nothing."""
    for path, data in content.items():
        if not path.endswith(".py") or unreadable(path, data):
            continue
        for module, name in sorted(imports(data)):
            if not leads_to(content, module, name):
                yield f"{path} imports {name} of {module}: not there"


def leads_to(content: dict[str, bytes], module: str, name: str) -> bool:
    path = module.replace(".", "/")
    inner = f"{path}/{name}"
    if f"{inner}.py" in content or f"{inner}/__init__.py" in content:
        return True
    found = content.get(f"{path}.py", content.get(f"{path}/__init__.py"))
    # What cannot be read is another fault.
    broken = found is not None and unreadable(f"{path}.py", found) != ""
    return broken or (found is not None and name in names(found))
