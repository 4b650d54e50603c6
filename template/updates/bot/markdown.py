"""The text of a proposal, in Markdown.

All that comes from a release, from files or from programs is in fenced blocks or in
code, so that it cannot mention anybody, give commands or end its block.

Maintained by copier-flask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field

from updates.bot import host
from updates.checks import Check
from updates.database import Models
from updates.report import Report

LIMIT = 60_000  # bytes; GitHub takes 65 536 characters
LONGEST_BLOCK = 12_000  # characters
CUT = "(cut here: `uv run just preview` shows all)"


@dataclass(frozen=True)
class Update:
    """What the update of a project came to."""

    report: Report
    # The branch to merge into, and its commit.
    branch: str
    base: str
    checks: list[Check]
    models: Models
    # The conflicts of each file, with both sides.
    conflicts: dict[str, list[str]] = field(default_factory=dict)
    # Files that the token of the service may not push.
    protected: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    """A part of the text, and what is left of it in a text that is too long."""

    title: str
    text: str
    short: str = ""


def fenced(text: str, language: str = "text") -> str:
    """Return a text as a block that nothing in it can end."""
    clean = readable(text.replace("\r\n", "\n"), "")
    if len(clean) > LONGEST_BLOCK:
        clean = f"{clean[:LONGEST_BLOCK]}\n{CUT}"
    runs = [len(run) for run in re.findall(r"`+", clean)]
    fence = "`" * max([3, *(run + 1 for run in runs)])
    return f"{fence}{language}\n{clean.strip(chr(10))}\n{fence}"


def code(text: str) -> str:
    """Return a short text, such as a path, as code that nothing in it can end."""
    clean = readable(re.sub(r"[\t\n]", "?", text), "?") or "?"
    runs = [len(run) for run in re.findall(r"`+", clean)]
    fence = "`" * (max(runs, default=0) + 1)
    padding = " " if "`" in clean else ""
    return f"{fence}{padding}{clean}{padding}{fence}"


def readable(text: str, instead: str) -> str:
    """Return a text without control characters, and without bytes that are no text."""
    known = text.encode("utf-8", "replace").decode()
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", instead, known)


def paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def body(update: Update, *, whole: bool) -> str:
    """Return the text, with the longest parts shortened until it is short enough.

    `whole` says that the branch has the protected files too.
    """
    parts = sections(update, whole=whole)
    while len(joined(parts).encode()) > LIMIT:
        longest = max(parts, key=lambda part: len(part.text))
        if longest.text == longest.short:
            return joined(parts).encode()[:LIMIT].decode(errors="ignore")
        shorter = Section(longest.title, longest.short, longest.short)
        parts[parts.index(longest)] = shorter
    return joined(parts)


def joined(parts: list[Section]) -> str:
    return paragraphs(*(f"## {part.title}\n\n{part.text}" for part in parts)) + "\n"


def sections(update: Update, *, whole: bool) -> list[Section]:
    report = update.report
    parts = [
        what(report),
        advisories(report),
        conflicts(update.conflicts, update.base),
        protected(update, whole=whole),
        models(update.models),
        checks(update.checks, settled=bool(update.conflicts)),
        behaviour(report),
        retired(report),
        mismatches(report),
        entries(report),
        by_hand(update),
    ]
    return [part for part in parts if part.text]


def what(report: Report) -> Section:
    sentence = (
        f"The project is at release {code(report.old or '?')} of the template; release "
        f"{code(report.new or '?')} is out. This {host.REQUEST} merges it in, with "
        "your edits kept."
    )
    return Section("A new release of the template", sentence, sentence)


def advisories(report: Report) -> Section:
    texts = [
        paragraphs(
            f"{code(one.id)}, fixed in {code(one.fixed_in)}:",
            fenced(f"{one.fault}\n\nDo now: {one.do_now}"),
        )
        for one in report.advisories
    ]
    short = bullets(code(one.id) for one in report.advisories)
    return Section("Advisories for your release and answers", "\n\n".join(texts), short)


def conflicts(files: dict[str, list[str]], base: str) -> Section:
    if not files:
        return Section("Conflicts", "")
    text = (
        "You and the release changed the same lines of these files. They have both "
        "versions, and `just check` fails until they are settled: keep the right "
        "lines, and remove the marks. To keep your version of a whole file:"
    )
    command = fenced(
        f"git fetch origin {host.BRANCH} && git switch {host.BRANCH}\n"
        f"git checkout {base} -- FILE && git commit",
        "sh",
    )
    shown = [
        paragraphs(code(path), *map(fenced, parts)) for path, parts in files.items()
    ]
    short = paragraphs(text, command, bullets(map(code, files)))
    return Section("Conflicts", paragraphs(text, command, *shown), short)


def protected(update: Update, *, whole: bool) -> Section:
    if not update.protected or whole:
        return Section("Left out", "")
    text = paragraphs(
        f"The token of this job may not push files below {code(host.PROTECTED)}, so "
        "the branch lacks the changes of these files, and a later update does not "
        "bring them again:",
        bullets(map(code, update.protected)),
        'The commands under "By hand" make the same branch with them.',
    )
    return Section("Left out", text, text)


def models(found: Models) -> Section:
    files = ", ".join(map(code, found.files))
    commands = fenced("\n".join(found.commands), "sh") if found.commands else ""
    if found.changed:
        text = "A model changed. After the merge, write a revision, read it, apply it:"
    elif found.changed is None:
        text = f"Not known whether the database has to change: {code(found.reason)}."
    else:
        text = "No model changed: the database stays as it is."
    short = paragraphs(text, commands)
    return Section("Models", paragraphs(short, files and f"In {files}."), short)


def checks(results: list[Check], *, settled: bool) -> Section:
    rows = [
        f"| {code(one.name)} | {'passed' if one.passed else '**failed**'} |"
        for one in results
    ]
    table = "\n".join(["| check | result |", "|---|---|", *rows])
    note = "They ran with your side of each conflict." if settled else ""
    failed = [one for one in results if not one.passed]
    tails = [
        paragraphs(f"The end of {code(one.name)}:", fenced(one.tail)) for one in failed
    ]
    short = paragraphs(table, note, host.NO_CI)
    return Section("Checks", paragraphs(short, *tails), short)


def behaviour(report: Report) -> Section:
    texts = [
        fenced(f"{one.release}: {one.change}\n{one.keep}")
        for one in report.behaviour_changes
    ]
    short = f"{len(texts)} changes: `uv run just preview` shows them."
    return Section("What works differently", "\n\n".join(texts), short)


def retired(report: Report) -> Section:
    if not report.retired:
        return Section("Files that you may remove", "")
    lines = [
        f"git rm {shell(one.path)}  # {' '.join(one.reason.split())}"
        for one in report.retired
    ]
    text = paragraphs(
        "They are no longer part of the template, and stay with your edits:",
        fenced("\n".join(lines), "sh"),
    )
    return Section("Files that you may remove", text, f"{len(lines)} files.")


def mismatches(report: Report) -> Section:
    lines = [
        f"{code(one.answer)} is recorded as {code(str(one.recorded))}, but the project "
        f"has {', '.join(map(code, one.paths))}"
        for one in report.record_mismatches
    ]
    text = bullets(lines)
    return Section("Answers that the files contradict", text, text[:2000])


def entries(report: Report) -> Section:
    texts = [
        paragraphs(f"### {code(one.release)}", fenced(one.text, "markdown"))
        for one in report.entries
    ]
    short = paragraphs(
        bullets(code(one.release) for one in report.entries),
        "The text is too long for this page: CHANGELOG.md of the template has it.",
    )
    return Section("What is new", "\n\n".join(texts), short)


def by_hand(update: Update) -> Section:
    source = shell(f"origin/{update.branch}")
    commands = [
        f"git fetch origin && git switch --force-create {host.BRANCH} {source}",
        f"uv run just update --vcs-ref {shell(f'v{update.report.new}')}",
        "uv run just check",
        'git add --all && git commit --message "Update the template"',
        f"git push --force origin {host.BRANCH}",
    ]
    text = fenced("\n".join(commands), "sh")
    return Section("By hand", text, text)


def shell(text: str) -> str:
    """Return a text as one word of a shell, on one line."""
    clean = readable(re.sub(r"[\t\n]", "?", text), "?")
    plain = re.fullmatch(r"[\w@%+=:,./-]+", clean, re.ASCII)
    return clean if plain else "'" + clean.replace("'", "'\"'\"'") + "'"
