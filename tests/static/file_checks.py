"""Checks of single files."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Callable
from collections.abc import Iterator

import jinja2
import yaml

from tests.static.space import Space
from tests.support.facts.answers import BRACES

PAGES = jinja2.Environment(autoescape=True)
BINARY = {".ico"}
VARIABLES = re.compile(r"#?[A-Z][A-Z0-9_]*=.*|# .*|#|")


def parsed(space: Space) -> Iterator[str]:
    """Yield files whose content does not fit their suffix."""
    parsers: dict[str, Callable[[str], object]] = {
        ".py": lambda text: ast.parse(text, feature_version=(3, 11)),
        ".toml": tomllib.loads,
        ".json": json.loads,
        ".yml": lambda text: yaml.load(text, yaml.CSafeLoader),
        ".yaml": lambda text: yaml.load(text, yaml.CSafeLoader),
        ".html": PAGES.parse,
    }
    for file in space.of(*parsers):
        try:
            parsers[file.suffix](file.text)
        except (ValueError, SyntaxError, yaml.YAMLError, jinja2.TemplateError) as error:
            yield f"{file.path} is no {file.suffix[1:]}: {error}"


def variables(space: Space) -> Iterator[str]:
    """Yield lines of env files that are neither a variable nor a comment."""
    for file in space.files:
        if file.path in {".env.example", ".flaskenv"}:
            for line in file.text.splitlines():
                if not VARIABLES.fullmatch(line):
                    yield f"{file.path} sets nothing by {line!r}"


def ends_and_blanks(space: Space) -> Iterator[str]:
    """Yield texts that do not end with one newline, or have trailing blanks."""
    for file in space.files:
        if file.suffix in BINARY:
            continue
        if not file.text.endswith("\n") or file.text.endswith("\n\n"):
            yield f"{file.path} does not end with one newline"
        if "\r" in file.text or re.search(r"[ \t]$", file.text, re.MULTILINE):
            yield f"{file.path} has trailing blanks"
        if file.text.startswith("\n"):
            yield f"{file.path} begins with an empty line"


# What AGENTS.md shows of a template: an exception from a rule.
EXCEPTION = "{# rule: csrf-token - sent by a script #}"


def left_jinja(space: Space) -> Iterator[str]:
    """Yield files with Jinja syntax; braces in the free text of answers are allowed.

    So are those of the code that a document has its reader write.
    """
    for file in space.files:
        if f"{file.path}.jinja" in space.template:
            text = file.text.replace(BRACES, "").replace(EXCEPTION, "")
            if file.suffix == ".md":
                text = re.sub(r"(?ms)^```(html|python)\n.*?^```$", "", text)
            for mark in ("{{", "{%", "{#", "}}", "%}", "#}"):
                if mark in text:
                    yield f"{file.path} shows {mark}"


def plain_files(space: Space) -> Iterator[str]:
    """Yield files without Jinja whose bytes differ from the template's."""
    for file in space.files:
        if space.template.get(file.path, file.content) != file.content:
            yield f"{file.path} is plain in the template, and something else here"


def empty_folders(space: Space) -> Iterator[str]:
    """Yield empty folders: Git would not keep them."""
    for folder in sorted({folder for tree in space for folder in tree.empty_folders}):
        yield f"{folder} is empty"


def tests_assert(space: Space) -> Iterator[str]:
    """Yield tests of a project that cannot fail: they assert nothing, or a constant.

    A function of the project that asserts counts, such as a helper of its tests.
    """
    asserting: set[str] = set()
    others: list[tuple[str, str, set[str]]] = []
    for file in space.of(".py"):
        for node in ast.walk(ast.parse(file.text)):
            if isinstance(node, ast.FunctionDef):
                if asserts(node):
                    asserting.add(node.name)
                elif file.path.startswith("tests/") and node.name[:5] == "test_":
                    others.append((file.path, node.name, called_in(node)))
    for path, name, called in others:
        if called.isdisjoint(asserting):
            yield f"{path}: {name} asserts nothing that could be false"


def asserts(function: ast.FunctionDef) -> bool:
    for node in ast.walk(function):
        # A condition that names nothing is always the same.
        if isinstance(node, ast.Assert) and names_something(node.test):
            return True
        if isinstance(node, ast.Call):
            options = {ast.unparse(option) for option in node.keywords}
            # subprocess.run(check=True) and pytest.raises fail by themselves.
            if ast.unparse(node.func) == "pytest.raises" or "check=True" in options:
                return True
    return False


def called_in(function: ast.FunctionDef) -> set[str]:
    """Return the names of functions and methods that a function calls."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {ast.unparse(call.func).split(".")[-1] for call in calls}


def names_something(condition: ast.expr) -> bool:
    return any(isinstance(part, ast.Name) for part in ast.walk(condition))
