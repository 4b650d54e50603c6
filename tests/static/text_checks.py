"""The texts of maintained files that people read are in the catalogue.

app/core/texts.py of a project says what the catalogue is. Log lines, commands and
refusals to start are for operators, and are not in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.static.space import Space
from tests.static.structure_checks import MAINTAINED

TABLE = re.compile(r"app/\w+/(\w+_)?english\.py")

# What is called with a text that a page, a form or an API shows.
CALLS = {
    *("abort", "flash", "problem", "ValidationError", "StopValidation"),
    # Of werkzeug.exceptions.
    *("BadRequest", "Conflict", "Forbidden", "Gone", "InternalServerError"),
    *("MethodNotAllowed", "NotFound", "RequestEntityTooLarge", "SecurityError"),
    *("ServiceUnavailable", "TooManyRequests", "Unauthorized"),
    *("UnprocessableEntity", "UnsupportedMediaType"),
}
# A form shows the text of such an error.
ERRORS = {"ValueError"}
# Attributes of errors, forms and fields that are shown.
ATTRIBUTES = {
    *("description", "errors", "form_errors", "label", "login_message"),
    "needs_refresh_message",
}


def outside_of_the_catalogue(space: Space) -> Iterator[str]:
    """Yield texts of maintained modules that people read and owners cannot change."""
    for file in space.of(".py"):
        if MAINTAINED.fullmatch(file.path) and not TABLE.fullmatch(file.path):
            for node in ast.walk(ast.parse(file.text)):
                for text in filter(is_text, shown(node, file.path)):
                    yield (
                        f"{file.path}: {ast.unparse(text)} is outside of the "
                        "catalogue: put it into english.py, and write text(its id)"
                    )


def shown(node: ast.AST, path: str) -> Iterator[ast.expr]:
    """Yield the expressions of a node that people are shown."""
    match node:
        case ast.Call():
            yield from given(node, path)
        case ast.ClassDef():
            if {named(base) for base in node.bases} & ERRORS & calls_of(path):
                yield from given_to_init(node)
        case ast.Assign(value=value, targets=targets):
            if set(map(named, targets)) & ATTRIBUTES:
                yield value
        case ast.AnnAssign(value=ast.expr() as value, target=target):
            if named(target) in ATTRIBUTES:
                yield value


def given(call: ast.Call, path: str) -> Iterator[ast.expr]:
    """Yield what is given to a call that shows it, or adds it to errors."""
    name = named(call.func)
    owner = named(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    adds = name in {"append", "extend"} and owner in ATTRIBUTES
    if adds or name in calls_of(path):
        yield from (*call.args, *(each.value for each in call.keywords))


def calls_of(path: str) -> set[str]:
    """Return the names of calls that show a text, in a module.

    In app/core a ValueError is about settings, or about the code that calls it.
    """
    return CALLS | ERRORS if path.startswith("app/accounts/") else CALLS


def given_to_init(error: ast.ClassDef) -> Iterator[ast.expr]:
    for node in ast.walk(error):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__":
            yield from node.args


def named(node: ast.expr) -> str:
    """Return the last part of a name, such as "errors" of `form.email.errors`."""
    return ast.unparse(node).rpartition(".")[2]


def is_text(node: ast.expr) -> bool:
    """Return whether an expression is, or holds, a literal text of several words."""
    match node:
        case ast.Constant(value=str() as value):
            return " " in value.strip()
        case ast.JoinedStr():
            parts = [part for part in node.values if isinstance(part, ast.Constant)]
            return any(" " in str(part.value) for part in parts)
        case ast.BinOp(left=left, right=right):
            return is_text(left) or is_text(right)
        case ast.IfExp(body=left, orelse=right):
            return is_text(left) or is_text(right)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return any(map(is_text, elements))
    return False
