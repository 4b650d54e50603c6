"""The store of all releases, and the page that reads it: `just store FOLDER`.

Each distinct file is there once, by its hash. What an answer changes is there as the
tree of its template, so the store holds every answer, and free text too. What a
release has is in `store/releases/VERSION.json`; docs/what-changed.md has the form.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import yaml
from copier._main import Worker
from jinja2 import nodes

from tests.commands.release_trees import commits
from tests.commands.release_trees import day
from tests.commands.release_trees import named
from tests.commands.release_trees import tag
from tests.commands.release_trees import taken_out
from tests.commands.release_trees import UnknownReleaseError
from tests.commands.release_trees import WORK_TREE
from tests.commands.syntax import SyntaxUnknownError
from tests.commands.syntax import written
from tests.support.rendering import ROOT
from tests.update.releases import HistoryError

PAGE = ROOT / "docs/changes"
SOURCE = "https://github.com/OWNER/copier-flask"
SUFFIX = ".jinja"
# Copier leaves them out of every project; the releases have no such file.
ANYWHERE = {"__pycache__", "*.py[co]"}
PER_RELEASE = 1_000_000  # bytes, deflated, that a release may add at most
ANY = "*"
PATH = re.compile(r"/[^*?\[\]!]+")


class StoreError(Exception):
    """A release has something that the page cannot show."""


@dataclass
class Store:
    """The files of a store, and what each release adds to them."""

    folder: Path
    deflated: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> None:
        path = self.folder / "store" / name
        if name not in self.deflated:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            self.deflated[name] = len(zlib.compress(content, 9))

    def keep(self, content: bytes, suffix: str) -> str:
        """Write a file by its hash, if it is new, and return its name."""
        digest = hashlib.sha256(content).hexdigest()[:20]
        name = f"files/{digest[:2]}/{digest[2:]}.{suffix}"
        self.add(name, content)
        return name

    def keep_json(self, value: Any) -> str:
        return self.keep(as_bytes(value), "json")

    @property
    def size(self) -> int:
        return sum(self.deflated.values())


def as_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class Release:
    """The template of one release, as the store has it."""

    def __init__(self, store: Store, folder: Path, version: str) -> None:
        self.store = store
        self.folder = folder
        self.version = version
        self.config = yaml.safe_load((folder / "copier.yml").read_text())
        # Nothing is written: rendering has not begun.
        worker = Worker(src_path=str(folder), dst_path=folder / "no-project")
        self.environment = worker.jinja_env
        self.parts: dict[str, str] = {}
        self.data: dict[str, str] = {}

    def index(self) -> dict[str, Any]:
        """Return what `store/releases/VERSION.json` has, and store what it names."""
        found = {
            "version": self.version,
            "tag": tag(self.version),
            "questions": [
                self.question(name, entry)
                for name, entry in self.config.items()
                if name[0] != "_"
            ],
            "exclude": [
                self.exclusion(text)
                for text in self.config["_exclude"]
                if text not in ANYWHERE
            ],
            "external": self.config.get("_external_data", {}),
            "files": dict(self.files()),
        }
        return found | {"parts": self.parts, "data": self.data}

    def question(self, name: str, entry: dict[str, Any]) -> dict[str, Any]:
        expressions: dict[str, Any] = {
            key: self.value(f"{key} of {name}", entry[key])
            for key in ("when", "ask", "default", "validator")
            if key in entry
        }
        choices = entry.get("choices", [])
        if isinstance(choices, dict):
            choices = list(map(list, choices.items()))
        elif isinstance(choices, list):
            choices = [[value, value] for value in choices]
        return expressions | {
            "name": name,
            "type": entry.get("type", "str"),
            "help": entry.get("help", ""),
            "multiselect": entry.get("multiselect", False),
            "choices": self.value(f"choices of {name}", choices),
        }

    def exclusion(self, text: str) -> Any:
        """Return a block of `_exclude`.

        Raises `StoreError` for a pattern: the page compares paths.
        """
        parts = self.environment.parse(text).find_all(nodes.TemplateData)
        lines = "".join(part.data for part in parts).split("\n")
        for line in filter(None, map(str.strip, lines)):
            if not PATH.fullmatch(line):
                raise StoreError(
                    f"_exclude has {line}: write a path that begins with /."
                )
        return self.value("_exclude", text)

    def value(self, place: str, value: Any) -> Any:
        """Return a value of copier.yml: unchanged, or as the tree of its template."""
        if not isinstance(value, str) or "{" not in value:
            return value
        self.follow(place, value)
        return {"body": written(self.environment, place, value)}

    def files(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each path that a project can have, and what it is made from."""
        root = self.folder / self.config["_subdirectory"]
        for path in sorted(root.rglob("*")):
            if path.is_dir():
                continue
            name = path.relative_to(root).as_posix()
            if "{" in name or path.is_symlink():
                raise StoreError(f"{name} is a link, or its name is a template.")
            entry = self.file(path, name)
            if path.stat().st_mode & 0o111:
                entry["executable"] = True
            yield name.removesuffix(SUFFIX), entry

    def file(self, path: Path, name: str) -> dict[str, Any]:
        if name.endswith(SUFFIX):
            part = path.relative_to(self.folder).as_posix()
            self.take(part)
            return {"part": part}
        content = path.read_bytes()
        binary = is_binary(content)
        return {"file": self.store.keep(content, "bin" if binary else "txt")}

    def take(self, name: str) -> None:
        """Store a file that is rendered, or that another one includes or imports."""
        if name in self.parts:
            return
        text = (self.folder / name).read_text()
        self.parts[name] = ""  # it may include itself
        self.follow(name, text)
        tree = written(self.environment, name, text)
        self.parts[name] = self.store.keep_json(tree)
        if name.endswith(".yml"):
            self.data[name] = self.store.keep_json(yaml.safe_load(text))

    def follow(self, place: str, text: str) -> None:
        """Take what a template includes or imports."""
        tree = self.environment.parse(text)
        for node in tree.find_all((nodes.Include, nodes.FromImport)):
            for pattern in patterns(node.template):  # type: ignore[attr-defined]
                if pattern == ANY:
                    raise StoreError(f"{place} includes a file that any answer names.")
                for path in sorted(self.folder.glob(pattern)):
                    self.take(path.relative_to(self.folder).as_posix())


def patterns(node: nodes.Node) -> list[str]:
    """Return what the name of an included file can be, with `*` for an answer."""
    if isinstance(node, nodes.Const):
        return [str(node.value)]
    if isinstance(node, nodes.CondExpr):
        return [*patterns(node.expr1), *patterns(node.expr2 or nodes.Const(""))]
    if isinstance(node, nodes.Concat):
        return ["".join(patterns(part)[0] for part in node.nodes)]
    return [ANY]


def is_binary(content: bytes) -> bool:
    """Return whether Git calls a content binary."""
    return b"\0" in content[:8000]


def build(folder: Path, versions: list[str]) -> Store:
    """Write the page and the store of some releases, and print what each adds.

    Raises `StoreError` and `SyntaxUnknownError`, which name the release.
    """
    shutil.copytree(PAGE, folder, dirs_exist_ok=True)
    store = Store(folder)
    listed = []
    for version in versions:
        started, before = time.monotonic(), store.size
        listed.append(add_release(store, version))
        added = store.size - before
        print(f"{version}: {added:,} bytes, {time.monotonic() - started:.1f} seconds")
        if added > PER_RELEASE:
            raise StoreError(f"{version} adds {added:,} bytes, deflated.")
    store.add("releases.json", as_bytes({"source": SOURCE, "releases": listed[::-1]}))
    print(f"all: {store.size:,} bytes, deflated, in {len(store.deflated):,} files")
    return store


def add_release(store: Store, version: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        template = taken_out(version, Path(folder))
        try:
            index = Release(store, template, version).index()
        except (StoreError, SyntaxUnknownError) as error:
            raise type(error)(f"{version}: {error}") from None
        store.add(f"releases/{version}.json", as_bytes(index))
        return {"version": version, "day": day(version, template)}


def main(arguments: list[str]) -> int:
    """Build the store into a folder that is new or empty; return the exit code."""
    parser = argparse.ArgumentParser(prog="just store", description=__doc__)
    parser.add_argument("folder", type=Path, help="a new or an empty folder")
    parser.add_argument(
        "releases", nargs="*", help=f"such as 0.13.1; {WORK_TREE} is the work tree; "
        "without any, all releases",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    if options.folder.exists() and any(options.folder.iterdir()):
        print(f"{options.folder} is not empty: name a new folder.", file=sys.stderr)
        return 2
    try:
        versions = [named(name) for name in options.releases] or list(commits())
        build(options.folder, versions)
    except (
        HistoryError, StoreError, SyntaxUnknownError, UnknownReleaseError,
    ) as error:  # fmt: skip
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
