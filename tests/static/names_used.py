"""Every name that a template uses is defined, and every defined name is used.

Each function takes what a template holds and returns findings, one line of text each.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml
from jinja2 import nodes

from tests.static.template_sources import Source
from tests.static.template_sources import Sources

# What the template may use of what Copier gives everywhere. It gives more, such as
# `now` and `_folder_name`: with those the same answers would give other bytes.
EVERYWHERE = {"_copier_answers", "_copier_conf", "_external_data"}
# Names that Copier only defines in one place.
# Of the hidden questions, `_exclude` may use the version that is recorded, with a
# default: on an update the old release is rendered without one.
IN_EXCLUDE = {"_copier_operation", "updating_from"}
IN_DEFAULT = {"UNSET"}

# name_guard stops before project_slug is asked; an answer from outside is known there.
AHEAD = {("name_guard", "when"): {"project_slug"}}


def names(folder: Path) -> list[str]:
    """Return what is wrong with the names that the template in `folder` uses."""
    sources = Sources(folder)
    checks = (
        undeclared, unknown_filters, unknown_attributes, unknown_values, included_files,
        imported_names, calls, unused_imports, unused_macros, unused_questions,
    )  # fmt: skip
    return sorted({finding for check in checks for finding in check(sources)})


def undeclared(sources: Sources) -> Iterator[str]:
    for source, known in allowed(sources):
        within = [(source, known)]
        within += [(part, known | source.declared) for part in sources.included(source)]
        for part, names in within:
            for name in sorted(part.undeclared - names):
                yield (
                    f"{part.place}: {name} is not known there: name a question that "
                    "is asked before, set it, or pass it to the macro"
                )


def allowed(sources: Sources) -> Iterator[tuple[Source, set[str]]]:
    """Give each place with the names that it may use without declaring them."""
    everything = {*sources.questions, *EVERYWHERE}
    for source in [*sources.bodies.values(), *sources.paths, *sources.settings]:
        yield source, everything
    # An imported file sees none of the names of the file that imports it.
    for source in sources.macros.values():
        yield source, set()
    # On an update Copier renders them with the answers of the old release.
    for source in sources.exclusions:
        yield source, sources.recorded | IN_EXCLUDE
    for (question, key), source in sources.expressions.items():
        yield source, EVERYWHERE | above(sources, question, key)


def above(sources: Sources, question: str, key: str) -> set[str]:
    """Return the answers that are known when a key of a question is rendered."""
    order = list(sources.questions)
    known = {*order[: order.index(question)], *AHEAD.get((question, key), ())}
    if key == "default":
        known |= IN_DEFAULT
    # A validator sees the answer that it judges.
    return known | ({question} if key == "validator" else set())


def unknown_filters(sources: Sources) -> Iterator[str]:
    # Jinja finds one behind an `if` only when an answer leads there.
    for source in sources.everything():
        for kind, known in (
            (nodes.Filter, sources.environment.filters),
            (nodes.Test, sources.environment.tests),
        ):
            for node in source.tree.find_all(kind):
                if node.name not in known:
                    yield f"{source.place}: Jinja has no {node.name}: see its spelling"


def unknown_attributes(sources: Sources) -> Iterator[str]:
    external = sources.config.get("_external_data", {})
    context = sources.worker._render_context()
    known = {"_copier_conf": context["_copier_conf"], "_external_data": external}
    for source in sources.everything():
        for node in source.tree.find_all(nodes.Getattr):
            name = node.node.name if isinstance(node.node, nodes.Name) else ""
            if name in known and node.attr not in known[name]:
                yield f"{source.place}: {name} has no {node.attr}: see its spelling"


def unknown_values(sources: Sources) -> Iterator[str]:
    """Find comparisons of an answer with what it can never be."""
    possible = {name: values(sources, name) for name in sources.questions}
    for source in sources.everything():
        for node in source.tree.find_all(nodes.Compare):
            for question, value in compared(node):
                if possible.get(question) and value not in possible[question]:
                    yield (
                        f"{source.place}: {question} is never {value!r}: "
                        f"compare it with one of {possible[question]}"
                    )


def values(sources: Sources, question: str) -> list[object]:
    """Return the values of a question with choices; nothing for another."""
    choices = sources.questions[question].get("choices", [])
    if isinstance(choices, str):
        choices = yaml.safe_load(sources.environment.from_string(choices).render())
    return list(choices.values() if isinstance(choices, dict) else choices)


def compared(node: nodes.Compare) -> Iterator[tuple[str, object]]:
    """Give each answer of a comparison with each value that it is compared with."""
    for operand in node.ops:
        sides = [node.expr, operand.expr]
        subjects = {name.name for side in sides for name in answers_in(side)}
        for side in sides:
            for value in constants(side):
                yield from ((subject, value) for subject in subjects)


def constants(node: nodes.Expr) -> list[object]:
    try:
        value = node.as_const()
    except nodes.Impossible:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def answers_in(node: nodes.Expr) -> Iterator[nodes.Name]:
    """Give the name of `name` or of `name | default(...)`, and no other."""
    if isinstance(node, nodes.Filter) and node.name == "default" and node.node:
        node = node.node
    if isinstance(node, nodes.Name):
        yield node


def included_files(sources: Sources) -> Iterator[str]:
    for source in sources.everything():
        for pattern in source.included:
            if not any(sources.folder.glob(pattern)):
                yield f"{source.place}: it includes {pattern}, which is not there"


def imported_names(sources: Sources) -> Iterator[str]:
    for source in sources.everything():
        for file, name in source.imports.values():
            if file not in sources.macros:
                yield f"{source.place}: it imports from {file}, which is not there"
            elif name not in sources.macros[file].declared:
                yield f"{source.place}: it imports {name}, which {file} has not got"
        if source.tree.find(nodes.Import):
            yield f"{source.place}: write from ... import, so that names can be checked"


def calls(sources: Sources) -> Iterator[str]:
    for source in sources.everything():
        known = dict(source.macros)
        for here, (file, name) in source.imports.items():
            macros = sources.macros[file].macros if file in sources.macros else {}
            if name in macros:
                known[here] = macros[name]
        for call in source.tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in known:
                yield from misfits(source, call, known[call.node.name])


def misfits(source: Source, call: nodes.Call, macro: nodes.Macro) -> Iterator[str]:
    names = [argument.name for argument in macro.args]
    given = names[: len(call.args)] + [keyword.key for keyword in call.kwargs]
    needed = names[: len(names) - len(macro.defaults)]
    if len(call.args) > len(names) or not set(needed) <= set(given) <= set(names):
        yield (
            f"{source.place}: {macro.name} is called with {len(call.args)} arguments "
            f"and {[keyword.key for keyword in call.kwargs]}: it takes {names}"
        )


def unused_imports(sources: Sources) -> Iterator[str]:
    for source in sources.everything():
        for name in sorted(source.imports.keys() - source.loaded):
            yield f"{source.place}: it imports {name} and does not use it: leave it out"


def unused_macros(sources: Sources) -> Iterator[str]:
    imported = {
        target for source in sources.everything() for target in source.imports.values()
    }
    for file, source in sources.macros.items():
        for name in sorted(source.declared - source.loaded):
            if (file, name) not in imported:
                yield f"{file}: {name} is used nowhere: leave it out"


def unused_questions(sources: Sources) -> Iterator[str]:
    """Find questions whose answers change nothing; a guard's look is no use of one."""
    users = [*sources.bodies.values(), *sources.paths, *sources.exclusions]
    users += sources.settings
    users += [part for user in users for part in sources.included(user)]
    loaded = {name for source in users for name in source.loaded}
    for (question, _), source in sources.expressions.items():
        if question not in sources.guards:
            loaded |= source.loaded - {question}
    for question in sources.questions:
        if question not in loaded | sources.guards:
            yield f"copier.yml: nothing uses {question}: use it, or leave it out"
