"""Parsed sources of a template: bodies, macros and expressions of copier.yml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from copier._main import Worker
from jinja2 import meta
from jinja2 import nodes

# A placeholder for a value of an answer, in the name of an included file.
ANY = "*"
# Copies of a template differ in a file or two.
already_parsed: dict[tuple[str, str], Source] = {}


@dataclass(frozen=True)
class Source:
    """A text that Jinja renders, and its location."""

    place: str
    text: str
    tree: nodes.Template

    @cached_property
    def undeclared(self) -> set[str]:
        return meta.find_undeclared_variables(self.tree)

    @cached_property
    def declared(self) -> set[str]:
        """Return the names that it sets, imports or defines."""
        stored = {
            node.name for node in self.tree.find_all(nodes.Name) if node.ctx == "store"
        }
        return stored | self.macros.keys() | self.imports.keys()

    @cached_property
    def macros(self) -> dict[str, nodes.Macro]:
        return {macro.name: macro for macro in self.tree.find_all(nodes.Macro)}

    @cached_property
    def imports(self) -> dict[str, tuple[str, str]]:
        """Return what it imports: by the name here, the file and the name there."""
        found = {}
        for node in self.tree.find_all(nodes.FromImport):
            for name in node.names:
                there, here = name if isinstance(name, tuple) else (name, name)
                found[here] = (node.template.value, there)  # type: ignore[attr-defined]
        return found

    @cached_property
    def loaded(self) -> set[str]:
        return {
            node.name for node in self.tree.find_all(nodes.Name) if node.ctx == "load"
        }

    @cached_property
    def included(self) -> list[str]:
        """Return the files that it includes, as patterns where answers decide."""
        return [
            pattern
            for node in self.tree.find_all(nodes.Include)
            for pattern in patterns(node.template)
        ]


def patterns(node: nodes.Node) -> list[str]:
    """Return what the name of an included file can be."""
    if isinstance(node, nodes.Const):
        return [str(node.value)]
    if isinstance(node, nodes.CondExpr):
        return [*patterns(node.expr1), *patterns(node.expr2 or nodes.Const(""))]
    if isinstance(node, nodes.Concat):
        return ["".join(parts) for parts in product(*map(patterns, node.nodes))]
    return [ANY]


def strings(value: Any) -> Iterator[str]:
    """Give every text of an entry of copier.yml, keys of choices included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(key)
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


class Sources:
    """A template's folder, without git, read in the environment that Copier makes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config: dict[str, Any] = yaml.safe_load(
            (folder / "copier.yml").read_text()
        )
        # Nothing is written: rendering has not begun.
        self.worker = Worker(src_path=str(folder), dst_path=folder / "no-project")
        self.environment = self.worker.jinja_env

    def parsed(self, place: str, text: str) -> Source:
        if (place, text) not in already_parsed:
            already_parsed[place, text] = Source(
                place, text, self.environment.parse(text)
            )
        return already_parsed[place, text]

    def file(self, name: str) -> Source:
        return self.parsed(name, (self.folder / name).read_text())

    @cached_property
    def questions(self) -> dict[str, dict[str, Any]]:
        return {name: part for name, part in self.config.items() if name[0] != "_"}

    @cached_property
    def recorded(self) -> set[str]:
        return {name for name, part in self.questions.items() if "when" not in part}

    @cached_property
    def guards(self) -> set[str]:
        """Return the hidden questions that exist for what their `when` refuses."""
        return {
            name
            for name, part in self.questions.items()
            if "{" in str(part.get("when"))
        }

    @cached_property
    def macros(self) -> dict[str, Source]:
        return self.files("extensions/*.jinja")

    @cached_property
    def bodies(self) -> dict[str, Source]:
        return self.files("template/**/*.jinja")

    @cached_property
    def paths(self) -> list[Source]:
        """Return the names of files: Copier renders them, too."""
        names = (path.name for path in sorted(self.folder.glob("template/**/*")))
        return [self.parsed(f"the path {name}", name) for name in names if "{" in name]

    @cached_property
    def expressions(self) -> dict[tuple[str, str], Source]:
        """Return what the questions hold, by question and key."""
        return {
            (name, key): self.parsed(f"{key} of {name}", "\n".join(strings(value)))
            for name, part in self.questions.items()
            for key, value in part.items()
        }

    @cached_property
    def exclusions(self) -> list[Source]:
        return [self.parsed("_exclude", text) for text in self.config["_exclude"]]

    @cached_property
    def settings(self) -> list[Source]:
        """Return the messages, and the other settings of Copier."""
        return [
            self.parsed(name, "\n".join(strings(value)))
            for name, value in self.config.items()
            if name[0] == "_" and name != "_exclude"
        ]

    def files(self, pattern: str) -> dict[str, Source]:
        names = sorted(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.glob(pattern)
        )
        return {name: self.file(name) for name in names}

    def everything(self) -> list[Source]:
        """Return all but what is included: that is part of what includes it."""
        return [
            *self.bodies.values(),
            *self.macros.values(),
            *self.paths,
            *self.expressions.values(),
            *self.exclusions,
            *self.settings,
        ]

    def included(self, source: Source) -> list[Source]:
        """Return the files that a source includes; none where a name fits nothing."""
        return [
            self.file(path.relative_to(self.folder).as_posix())
            for pattern in source.included
            for path in sorted(self.folder.glob(pattern))
        ]
