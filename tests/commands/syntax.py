"""Jinja templates as JSON: the tree that Jinja's own parser makes of each.

The page docs/changes/ walks these trees. It knows the parts of the language that the
template uses; any other part stops here, so that no page shows a wrong file.
"""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.environment import Environment

# The same as in docs/changes/jinja.js and filters.js: a test compares them.
NODES = {
    "Add", "And", "Assign", "AssignBlock", "Call", "Compare", "Concat", "CondExpr",
    "Const", "Dict", "Filter", "For", "FromImport", "Getattr", "Getitem", "If",
    "Include", "List", "Macro", "Name", "NSRef", "Neg", "Not", "Or", "Output", "Slice",
    "TemplateData", "Test", "Tuple",
}  # fmt: skip
PARTS = {"Keyword", "Operand", "Pair", "Template"}
FILTERS = {
    "default", "dirname", "fileglob", "from_json", "from_yaml", "join", "length",
    "list", "lower", "map", "quote", "regex_replace", "regex_search", "reject",
    "rejectattr", "relpath", "replace", "reverse", "select", "selectattr", "sort",
    "string", "sum", "to_json", "to_nice_yaml", "trim", "unique", "upper",
}  # fmt: skip
TESTS = {
    "boolean", "defined", "eq", "in", "mapping", "none", "number", "sequence",
    "string", "undefined",
}  # fmt: skip
METHODS = {"endswith", "get", "items", "keys", "rstrip", "split", "startswith"}
METHODS |= {"partition"}
BY_NAME = {"map", "reject", "rejectattr", "select", "selectattr"}


class SyntaxUnknownError(Exception):
    """A template uses a part of Jinja that the page does not know."""


def written(environment: Environment, place: str, text: str) -> list[Any]:
    """Return the body of a template as JSON.

    Raises `SyntaxUnknownError`.
    """
    tree = environment.parse(text)
    check(place, tree)
    return [as_json(node) for node in tree.body]


def as_json(value: Any) -> Any:
    """Return a node as an object of its fields, without those that are empty."""
    if isinstance(value, nodes.Node):
        fields = {name: as_json(part) for name, part in value.iter_fields()}
        kept = {name: part for name, part in fields.items() if part not in (None, [])}
        if isinstance(value, nodes.Const):
            kept = {"value": value.value}
        kept.pop("ctx", None)
        return {"kind": type(value).__name__, **kept}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value


def check(place: str, tree: nodes.Template) -> None:
    for node in tree.find_all(nodes.Node):
        kind = type(node).__name__
        known(place, "the tag", kind, NODES | PARTS)
        if isinstance(node, nodes.Filter):
            known(place, "the filter", node.name, FILTERS)
        if isinstance(node, nodes.Filter) and node.name in BY_NAME:
            check_names(place, node)
        if isinstance(node, nodes.Test):
            known(place, "the test", node.name, TESTS)
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
            known(place, "the method", node.node.attr, METHODS)


def check_names(place: str, node: nodes.Filter) -> None:
    """Look at the filters and tests that others call by their names."""
    attribute = node.name in {"rejectattr", "selectattr"}
    for argument in node.args[attribute : attribute + 1]:
        if isinstance(argument, nodes.Const):
            names = FILTERS if node.name == "map" else TESTS
            known(place, "the filter or test", argument.value, names)


def known(place: str, what: str, name: str, names: set[str]) -> None:
    if name not in names:
        raise SyntaxUnknownError(
            f"{place} uses {what} {name!r}, which the page of the changes does not "
            "know: write it without, or add it to docs/changes and to "
            "tests/commands/syntax.py."
        )
