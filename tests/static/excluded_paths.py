"""Checks of `_exclude`: each of its paths exists, and is listed once.

The function takes the folder of a template and returns findings, one line each.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from jinja2 import nodes
from jinja2.filters import FILTERS

from tests.static.template_sources import Source
from tests.static.template_sources import Sources

# What running Python leaves in any folder; all else is a path from the top.
ANYWHERE = {"__pycache__", "*.py[co]"}
RETIRED = "{# retired #}"

# A path, and the conditions under which it is left out; none where it always is.
Exclusion = tuple[str, tuple[str, ...]]


def exclusions(folder: Path) -> list[str]:
    """Return what is wrong with `_exclude` of the template in `folder`."""
    sources = Sources(folder)
    live = [source for source in sources.exclusions if RETIRED not in source.text]
    retired = [source for source in sources.exclusions if RETIRED in source.text]
    return sorted(
        [
            *missing(sources, excluded(live)),
            *repeated(excluded([*live, *retired])),
            *shapes(sources, excluded(live)),
            *still_there(sources, excluded(retired)),
            *not_plain(sources.exclusions),
        ]
    )


def excluded(sources: Iterable[Source]) -> list[Exclusion]:
    return [
        exclusion
        for source in sources
        for exclusion in under(source.tree.body, ())
        if exclusion[0] not in ANYWHERE
    ]


def under(body: list[nodes.Node], conditions: tuple[str, ...]) -> Iterator[Exclusion]:
    """Give the paths of a block, with what was asked before each."""
    for node in body:
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                text = part.data if isinstance(part, nodes.TemplateData) else ""
                yield from ((line, conditions) for line in text.split("\n") if line)
        elif isinstance(node, nodes.If):
            yield from under(node.body, (*conditions, repr(node.test)))
            otherwise = (*conditions, f"not {node.test!r}")
            yield from under([*node.elif_, *node.else_], otherwise)


def in_template(sources: Sources) -> set[str]:
    top = sources.folder / "template"
    return {
        f"/{path.relative_to(top).as_posix().removesuffix('.jinja')}"
        for path in top.rglob("*")
    }


def missing(sources: Sources, paths: list[Exclusion]) -> Iterator[str]:
    there = in_template(sources)
    for path, _ in paths:
        if path not in there:
            yield (
                f"_exclude: {path!r} is not in template/: write it from the top, "
                "without a slash at the end, or list it as retired"
            )


def repeated(paths: list[Exclusion]) -> Iterator[str]:
    for number, (path, conditions) in enumerate(paths):
        others = paths[:number] + paths[number + 1 :]
        for other, when in others:
            within = path == other or path.startswith(f"{other}/")
            # Each condition that leaves out the other leaves out this one.
            if within and set(when) <= set(conditions):
                yield f"_exclude: {path} is left out by {other} already: name it once"


def shapes(sources: Sources, paths: list[Exclusion]) -> Iterator[str]:
    """Find files that no answer brings, and shapes that come beside what takes them."""
    always = {path for path, conditions in paths if not conditions}
    users = [*sources.bodies.values(), *sources.macros.values()]
    taken = {
        f"/{part.place.removeprefix('template/').removesuffix('.jinja')}"
        for user in users
        for part in sources.included(user)
        if part.place.startswith("template/")
    }
    for path in sorted(always - taken):
        yield f"_exclude: {path} is always left out, and no file includes it"
    for path in sorted(taken - always):
        yield f"_exclude: {path} is included by a file and comes by itself as well"


def still_there(sources: Sources, paths: list[Exclusion]) -> Iterator[str]:
    for path, conditions in paths:
        # With a condition it was made optional.
        if (path in in_template(sources)) != bool(conditions):
            yield f"_exclude: {path} is retired without a condition, and in template/"


def not_plain(sources: list[Source]) -> Iterator[str]:
    for source in sources:
        names = {node.name for node in source.tree.find_all(nodes.Filter)}
        for name in sorted(names - FILTERS.keys()):
            yield f"_exclude: {name} is not one of Jinja's own filters: an update fails"
        if source.imports or source.included:
            yield "_exclude: imports read the new release on an update: use answers"
        logic = (nodes.For, nodes.Macro, nodes.Assign)
        if any(map(source.tree.find, logic)):
            yield "_exclude: write paths literally, with conditions only"
