"""The record of the answers, .copier-answers.yml, without a package that reads YAML.

Maintained by copier-flask.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

ANSWERS_FILE = ".copier-answers.yml"


@dataclass(frozen=True)
class Record:
    """What the file says: the release, the template's address, and the answers."""

    commit: str
    source: str
    # The lines of the answers, without those of Copier.
    answers: str

    @property
    def version(self) -> str | None:
        """The release without "v", or None if there is none."""
        return self.commit.removeprefix("v") or None


def read_record(text: str) -> Record:
    """Return the record in the text of a file."""
    blocks = top_level(text)
    return Record(
        commit=scalar(blocks.get("_commit", "")),
        source=scalar(blocks.get("_src_path", "")),
        answers="".join(
            f"{key}:{value}\n" for key, value in blocks.items() if key[0] != "_"
        ),
    )


def record_of(folder: Path) -> Record:
    """Return the record of a project; an empty one if it has no file."""
    path = folder / ANSWERS_FILE
    return read_record(path.read_text("utf-8") if path.exists() else "")


def top_level(text: str) -> dict[str, str]:
    """Return the text after each key that begins a line, with the lines below it."""
    blocks: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if line[:1] in ("", "#"):
            continue
        if line[0] in " -" and key:
            blocks[key] += f"\n{line}"
            continue
        key, _, value = line.partition(":")
        blocks[key] = value
    return blocks


def scalar(value: str) -> str:
    """Return a text that YAML has plain or in quotes, on one line or folded."""
    joined = " ".join(line.strip() for line in value.splitlines()).strip()
    if joined[:1] == "'":
        return joined[1:-1].replace("''", "'")
    if joined[:1] == '"':
        return str(json.loads(joined))
    return joined
