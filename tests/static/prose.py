"""Idioms that are no technical English, counted in the prose of both houses.

Printed with the worst lines: `just prose`.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.rendering import ROOT

# Each has a plainer word: docs/decisions, "Words are plain technical English".
IDIOMS = {
    "anew": r"anew",
    "for ever": r"for ever",
    "stand": r"stands?|stood|standing",
    "bear": r"bears?|bore|borne",
    "whoever": r"(?:who|what|where|when|which)ever",
    "goes on": r"(?:go|goes|going|went|gone) on",
    "gives way": r"(?:give|gives|gave) way",
    "tells that": r"(?:tell|tells|told) that",
    "somebody": r"(?:some|no|every|any)body(?:'s)?",
    "meets": r"meets?|met",
    "of its own": r"of (?:its|their|his|her) own",
    ", since": r"(?<=,) since",
    ", for": r"(?<=,) for (?:it|they|he|she|there|nothing|none|this|these|those)",
    "alone": r"(?<!leave )(?<!leaves )(?<!left )(?<!leave it )(?<!leave them )"
    r"(?<!left it )(?<!leaves it )(?<!leaves them )(?<!let it )alone",
    "mend": r"mend(?:s|ed|ing)?",
    "where there is": r"where there (?:is|are)",
}  # fmt: skip
FOUND = re.compile(
    "|".join(rf"(?<!\w)(?:{pattern})(?![\w-])" for pattern in IDIOMS.values()),
    re.IGNORECASE,
)

JINJA = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
VALUES = re.compile(r"\{\{.*?\}\}", re.DOTALL)
STYLE_SHEET = re.compile(r"^\| not \| but \|\n(?:\|.*\n)+", re.MULTILINE)
CODE = re.compile(r"```.*?```", re.DOTALL)
TEST_NAME = re.compile(r"^\s*def (test_\w+)")
TEXT_TOKENS = {
    tokenize.STRING,
    getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING),  # new in Python 3.12
}
WHOLE = {".md", ".html"}
YAML = {".yml", ".yaml"}
# Texts of others, data, and what is made from extensions/known_issues.yml.
NO_PROSE = (
    "extensions/licences/", "template/LICENSE", "docs/known-issues.md",
    "tests/static/file_lists.yml", "tests/static/prose.py",
    "tests/static/test_prose.py",
    "template/app/accounts/common_passwords", "CHANGELOG.md",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    words: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words!r} in {self.text!r}"


@dataclass
class Area:
    """A part of the texts, with its lines of prose and the idioms in them."""

    name: str
    lines: int
    findings: list[Finding]

    @property
    def rate(self) -> float:
        """Idioms for 1000 lines of prose."""
        return 1000 * len(self.findings) / max(self.lines, 1)


def areas(root: Path = ROOT) -> list[Area]:
    return [
        area("render, code", sources(root, "template", tests=False)),
        area("render, documents", sources(root, "template", suffixes={".md"})),
        area("render, tests", sources(root, "template/tests")),
        area("template, documents", documents(root)),
        area("template, tests", sources(root, "tests")),
        area("template, measures", sources(root, "benchmarks", suffixes={".py"})),
        area("changelog from 0.9.0", changelog(root)),
    ]


def area(name: str, texts: Iterator[tuple[str, list[tuple[int, str]]]]) -> Area:
    lines = 0
    findings: list[Finding] = []
    for path, prose in texts:
        lines += len(prose)
        findings += found(path, prose)
    return Area(name, lines, findings)


def found(path: str, prose: list[tuple[int, str]]) -> Iterator[Finding]:
    """Look for each idiom, also where a line ends within it."""
    text = " ".join(line for _, line in prose)
    starts: list[tuple[int, int, str]] = []
    at = 0
    for number, line in prose:
        starts.append((at, number, line))
        at += len(line) + 1
    for match in FOUND.finditer(text):
        _, number, line = max(s for s in starts if s[0] <= match.start())
        yield Finding(path, number, match.group().strip(), line)


def sources(
    root: Path, folder: str, tests: bool = True, suffixes: set[str] | None = None
) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    for file in sorted((root / folder).rglob("*")):
        path = file.relative_to(root).as_posix()
        suffix = file.with_name(file.name.removesuffix(".jinja")).suffix
        if not file.is_file() or "__pycache__" in path or path.startswith(NO_PROSE):
            continue
        if not tests and (path.startswith("template/tests/") or suffix == ".md"):
            continue
        if suffixes is None or suffix in suffixes:
            yield path, prose_of(file, suffix)


def documents(root: Path) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    for name in ("README.md", "CONTRIBUTING.md"):
        yield name, prose_of(root / name, ".md")
    for name in ("copier.yml", "justfile"):
        yield name, prose_of(root / name, ".whole")
    yield from sources(root, "docs")
    yield from sources(root, "extensions")


def changelog(root: Path) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """Give the entries from 0.9.0 on: those of older releases are never edited."""
    text = (root / "CHANGELOG.md").read_text()
    newer = text.partition("\n## 0.8.")[0]
    lines = [(n, line) for n, line in enumerate(newer.splitlines(), 1) if line.strip()]
    yield "CHANGELOG.md", lines


def prose_of(file: Path, suffix: str) -> list[tuple[int, str]]:
    """Return the lines of prose of a file, without blanks, with their numbers."""
    try:
        text = same_lines(STYLE_SHEET, "", file.read_text())
    except UnicodeDecodeError:
        return []
    if suffix not in {".py", ".html"} and "extensions/" in file.as_posix():
        suffix = ".whole"
    if suffix != ".whole":
        text = same_lines(VALUES, "x", same_lines(JINJA, "", text))
    if suffix == ".py":
        lines = list(of_python(text))
    elif suffix in WHOLE:
        lines = list(enumerate(same_lines(CODE, "", text).splitlines(), 1))
    elif suffix == ".whole":
        lines = list(enumerate(text.splitlines(), 1))
    else:
        lines = list(comments(text))
    return [(number, line.strip()) for number, line in lines if line.strip()]


def same_lines(pattern: re.Pattern[str], new: str, text: str) -> str:
    """Replace what a pattern finds, and keep the count of lines."""
    return pattern.sub(lambda match: new + "\n" * match.group().count("\n"), text)


def comments(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.search(r"(?:^|\s)#+ (.*)|(?:^|\s)/?\*+ (.*)", line):
            yield number, match.group(1) or match.group(2) or ""


def of_python(text: str) -> Iterator[tuple[int, str]]:
    """Give comments, docstrings, messages, and the names of tests as sentences."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := TEST_NAME.match(line):
            yield number, match.group(1).removeprefix("test_").replace("_", " ")
    for token in tokens(text):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")
        elif token.type in TEXT_TOKENS and token.string.count(" ") > 2:
            for row, line in enumerate(token.string.splitlines(), token.start[0]):
                yield row, line.strip().strip("\"'")


def tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    """Give the tokens of a module, without indentation: branches may lack theirs."""
    flat = "\n".join(line.lstrip() for line in text.splitlines())
    with suppress(tokenize.TokenError):  # branches that each close a bracket
        yield from tokenize.generate_tokens(io.StringIO(flat).readline)


def report(found: list[Area]) -> Iterator[str]:
    for part in found:
        yield (
            f"prose, {part.name}: {part.rate:.1f} idioms for 1000 lines "
            f"({len(part.findings)} in {part.lines})"
        )


if __name__ == "__main__":
    everything = areas()
    for part in everything:
        print("\n".join(map(str, part.findings)))
    print("\n".join(report(everything)))
