"""Pages and endpoints: named ones exist, and existing ones are used."""

from __future__ import annotations

import ast
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from typing import TypeVar

import jinja2
from jinja2 import nodes

from tests.static.import_checks import is_absent
from tests.static.space import Space
from tests.static.tables import Key
from tests.static.trees import File
from tests.static.trees import Tree

PAGES = jinja2.Environment(autoescape=True)
NAMES_ANOTHER = (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)
FOLDER = "app/templates/"
# What a layout has that no render has: the answers are kept apart here, the others are
# made by the first commands.
COME_LATER = {".copier-answers.yml", "uv.lock", "migrations/versions/first.py"}
T = TypeVar("T")
VERBS = {"delete", "get", "patch", "post", "put", "route"}


def calls(file: File, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            yield node


@cache
def names_in_page(file: File, function: str) -> frozenset[str]:
    """Return the first arguments that a page calls a function with."""
    return frozenset(
        call.args[0].value
        for call in PAGES.parse(file.text).find_all(nodes.Call)
        if getattr(call.node, "name", "") == function
        and isinstance(call.args[0], nodes.Const)
    )


@cache
def names_in_module(file: File, function: str) -> frozenset[str]:
    """Return the first arguments that a module calls a function with."""
    return frozenset(
        str(call.args[0].value)
        for call in calls(file, function)
        if isinstance(call.args[0], ast.Constant)
    )


@cache
def blueprint(file: File) -> str:
    """Return the name of the blueprint that a package makes, or nothing."""
    return "".join(names_in_module(file, "Blueprint"))


@cache
def views(file: File) -> frozenset[str]:
    """Return the functions of a module that its blueprint routes to."""
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(file.text))
        if isinstance(node, ast.FunctionDef)
        for call in node.decorator_list
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value) == "bp"
        and call.func.attr in VERBS
    )


def endpoints(tree: Tree) -> set[str]:
    """Return the endpoints of the modules and of the blueprints that are registered."""
    found = {"static"}
    factory = tree.files["app/__init__.py"].text
    for path, file in tree.files.items():
        if path.startswith("app/core/") and path.endswith(".py"):
            found |= endpoints_of_module(file)
        package = path.rpartition("/")[0]
        start = tree.files.get(f"{package}/__init__.py")
        if path.endswith("routes.py") and start:
            imported = f"from {package.replace('/', '.')} import bp as"
            name = blueprint(start)
            if imported in factory and f"register_blueprint({name}_bp" in factory:
                found |= {f"{name}.{view}" for view in views(file)}
    return found


@cache
def endpoints_of_module(file: File) -> frozenset[str]:
    """Return the endpoints that a module adds to the application itself."""
    return frozenset(
        str(call.args[1].value)
        for call in calls(file, "app.add_url_rule")
        if len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
    )


def unknown_endpoints(space: Space) -> Iterator[str]:
    """Yield calls of `url_for` with endpoints that no blueprint has."""
    for tree in space:
        known = endpoints(tree)
        for path, file in tree.files.items():
            if path.endswith(".html"):
                named = names_in_page(file, "url_for")
            elif path.startswith("app/") and path.endswith(".py"):
                named = names_in_module(file, "url_for")
                named |= set(re.findall(r'login_view = "([\w.]+)"', file.text))
            else:
                continue
            for name in named - known:
                yield f"{path} asks for the address of {name}, which no view has"


def templates_named(file: File) -> set[str]:
    """Return the templates that a page or a module must find."""
    if file.suffix == ".py":
        return set(names_in_module(file, "render_template"))
    return {
        node.template.value
        for node in PAGES.parse(file.text).find_all(nodes.Stmt)
        if isinstance(node, NAMES_ANOTHER)
        and isinstance(node.template, nodes.Const)
        and not getattr(node, "ignore_missing", False)
    }


def unknown_templates(space: Space) -> Iterator[str]:
    """Yield templates, and macros of them, that are named but do not exist."""
    for path in space.tables:
        if not path.startswith("app/") or not path.endswith((".py", ".html")):
            continue
        for name, keys in said(space, path, templates_named).items():
            if lacks(space, path, keys, FOLDER + name, is_absent):
                yield f"{path} names the template {name}, which is not there"
        for (name, macro), keys in said(space, path, macros_named).items():

            def without(file: File | None, macro: str = macro) -> bool:
                return macro not in cached(macros, file)

            if lacks(space, path, keys, FOLDER + name, without):
                yield f"{path} imports {macro} of {name}, which has no such macro"


def said(space: Space, path: str, read: Callable[[File], set[T]]) -> dict[T, set[Key]]:
    """Return what a file says, with the answers with which it says each."""
    found: dict[T, set[Key]] = defaultdict(set)
    for key, file in space.tables[path].results.items():
        for thing in cached(read, file):
            found[thing].add(key)
    return found


def lacks(
    space: Space,
    path: str,
    keys: set[Key],
    other: str,
    without: Callable[[File | None], bool],
) -> bool:
    """Return whether another file is not as one needs it, with the same answers."""
    if other not in space.tables:
        return True
    return space.meet(path, keys, other, space.keys(other, without))


def macros_named(file: File) -> set[tuple[str, str]]:
    if file.suffix != ".html":
        return set()
    return {
        (node.template.value, name if isinstance(name, str) else name[0])
        for node in PAGES.parse(file.text).find_all(nodes.FromImport)
        if isinstance(node.template, nodes.Const)
        for name in node.names
    }


def macros(file: File) -> set[str]:
    """Return what other pages may import: macros, and values that are set."""
    page = PAGES.parse(file.text)
    set_here = [one.target for one in page.find_all(nodes.Assign)]
    return {macro.name for macro in page.find_all(nodes.Macro)} | {
        target.name for target in set_here if isinstance(target, nodes.Name)
    }


def unused_templates(space: Space) -> Iterator[str]:
    """Yield templates that no module and no other page names."""
    for tree in space:
        code = {
            path: file
            for path, file in tree.files.items()
            if path.startswith("app/") and file.suffix in {".py", ".html"}
        }
        named = {word for file in code.values() for word in cached(quoted, file)}
        # mail.send("NAME") takes both files of a mail.
        named |= {
            f"mail/{word}{suffix}"
            for path, file in code.items()
            if path.endswith(".py")
            for word in cached(words_quoted, file)
            for suffix in (".html", ".txt")
        }
        for path in tree.files:
            if path.startswith(FOLDER) and path.removeprefix(FOLDER) not in named:
                yield f"{path} is a page that nothing names"


def layout(space: Space) -> Iterator[str]:
    """Yield differences between the layout table of the README and the files."""
    for tree in space:
        named = cached(in_the_layout, tree.files["README.md"])
        paths = {*tree.files, *COME_LATER}
        for name in sorted(named):
            if not any(p.startswith(name) or fnmatch(p, name) for p in paths):
                yield f"README.md has {name} in its layout, which is not there"
        for path in sorted(paths):
            if not any(path.startswith(name) or fnmatch(path, name) for name in named):
                yield f"README.md has no line for {path} in its layout"


def in_the_layout(file: File) -> set[str]:
    """Return the paths of the table: files, and folders with a slash at the end."""
    table = file.text.partition("### Layout\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line[:1] == "|"]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def dead_links(space: Space) -> Iterator[str]:
    """Yield links of documents that lead to no file of the project."""
    for path in space.tables:
        for target, keys in said(space, path, links).items():
            found = posixpath.normpath(f"{posixpath.dirname(path)}/{target}")
            if lacks(space, path, keys, found.lstrip("/"), is_absent):
                yield f"{path} links to {target}, which is not there"


def links(file: File) -> set[str]:
    if file.suffix != ".md":
        return set()
    found = re.findall(r"\]\(([^)#\s]+)[^)]*\)", file.text)
    return {target for target in found if not re.match(r"\w+:", target)}


def quoted(file: File) -> set[str]:
    return set(re.findall(r"[\"']([\w./-]+\.html)[\"']", file.text))


def words_quoted(file: File) -> set[str]:
    return set(re.findall(r"\"(\w+)\"", file.text))


@cache
def cached(function, file):  # type: ignore[no-untyped-def]
    """Read each distinct file once, however many trees hold it."""
    return function(file) if file else frozenset()
