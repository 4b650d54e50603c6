"""The text of a preview and of an update, for a terminal.

Maintained by copier-flask.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from updates.checks import Check
from updates.database import Models
from updates.history import Dropped
from updates.report import Report
from updates.trial import Change
from updates.trial import Conflict

WIDTH = 79
LINES = 40
# How many items of each list are shown, the first number with which all lines fit.
LIMITS = (6, 4, 3, 2, 1)
EVERYTHING = 10_000


def fitting(lines: Callable[[int], Iterable[str]], *, everything: bool) -> str:
    """Return a text that fits on a page of a terminal, or all of it.

    `lines` takes how many items of a list it shows.
    """
    found: list[str] = []
    for limit in (EVERYTHING,) if everything else LIMITS:
        found = list(lines(limit))
        if len(found) <= LINES:
            break
    return "\n".join(found) + "\n"


def short(text: str, indent: str = "") -> str:
    """Return a text as one line of the width of a terminal."""
    line = indent + " ".join(part.strip() for part in text.splitlines())
    if len(line) <= WIDTH:
        return line
    return f"{line[: WIDTH - 3].rpartition(' ')[0] or line[: WIDTH - 4]} ..."


def listed(lines: Iterable[str], limit: int) -> Iterator[str]:
    """Yield the first lines, and how many there are more."""
    everything = list(lines)
    yield from everything[:limit]
    if everything[limit:]:
        yield f"  and {len(everything) - limit} more"


def releases(report: Report) -> str:
    """Return from which release to which an update goes."""
    if report.old == report.new:
        return f"This project is at {report.new}, the newest release."
    return f"From {report.old} to {report.new}."


def reported(report: Report, dropped: Sequence[Dropped], limit: int) -> Iterator[str]:
    """Yield what the releases change in this project, and what its record lacks."""
    yield from entries(report, limit)
    yield from advisories(report)
    yield from behaviour(report, limit)
    yield from mismatches(report, dropped)
    yield from retired(report, limit)


def entries(report: Report, limit: int) -> Iterator[str]:
    """Yield what the changelog says, in short the first words of each release."""
    if not report.printed:
        yield "That release does not report what it changes: CHANGELOG.md of it does."
    if not report.entries:
        return
    yield ""
    yield "What the releases change (just preview --all --no-checks has all of it):"
    if limit == EVERYTHING:
        for entry in report.entries:
            yield from ("", entry.release, *entry.text.splitlines())
        return
    yield from listed(
        (
            short(f"{entry.release}: {first(entry.text)}", "  ")
            for entry in report.entries
        ),
        limit,
    )


def first(text: str) -> str:
    """Return the first paragraph or item of an entry."""
    lines = [
        line for line in text.strip().splitlines() if not line.startswith("Released ")
    ]
    paragraph = "\n".join(lines).strip().partition("\n\n")[0]
    return paragraph.removeprefix("- ").partition("\n- ")[0]


def advisories(report: Report) -> Iterator[str]:
    """Yield the faults of the release that the project has."""
    for each in report.advisories:
        fixed = f", fixed in {each.fixed_in}" if each.fixed_in else ""
        yield ""
        yield from wrapped(f"{each.id}{fixed}: {each.fault}")
        yield from wrapped(f"At once: {each.do_now}", "  ")


def behaviour(report: Report, limit: int) -> Iterator[str]:
    """Yield what works differently, with the setting that keeps the old way."""
    if report.behaviour_changes:
        yield ""
        yield "What works differently:"
        for each in report.behaviour_changes[:limit]:
            yield from wrapped(f"{each.release}: {each.change} {each.keep}", "  ")
        more = len(report.behaviour_changes) - limit
        if more > 0:
            yield f"  and {more} more"


def mismatches(report: Report, dropped: Sequence[Dropped]) -> Iterator[str]:
    """Yield where the record and the files, or two merged branches, differ."""
    for each in report.record_mismatches:
        recorded = str(each.recorded).lower()
        yield ""
        yield from wrapped(
            f".copier-answers.yml says {each.answer}: {recorded}, and these paths are "
            f"there: {', '.join(each.paths)}. Give the answer that you want, with "
            f"just update --data {each.answer}=VALUE, or remove the paths."
        )
    for lost in dropped:
        yield ""
        yield from wrapped(
            f"The merge {lost.merge} recorded {lost.key}: {lost.recorded}, and one of "
            f"its branches had {lost.other}: {lost.remedy}."
        )


def retired(report: Report, limit: int) -> Iterator[str]:
    """Yield the paths that a release no longer has."""
    if report.retired:
        yield ""
        yield "No longer part of the template; they stay until you remove them:"
        lines = [f"git rm {each.path}  # {each.reason}" for each in report.retired]
        yield from listed((short(line, "  ") for line in lines), limit)


def changes(found: Sequence[Change]) -> str:
    """Return how many files an update adds, changes and deletes."""
    kinds = [change.kind for change in found]
    counts = [f"{kinds.count(kind)} {kind}" for kind in ("changed", "added", "deleted")]
    return f"Files: {', '.join(counts)}."


def touched(
    found: Sequence[Change] | None, conflicts: Iterable[Conflict], limit: int
) -> Iterator[str]:
    """Yield the owner's files that an update touches without a conflict."""
    if found is None:
        yield "Your edits are not known: the old release could not be rendered."
        return
    marked = {conflict.path for conflict in conflicts}
    merged = [change for change in found if change.path not in marked]
    if merged:
        yield "Merged with your edits:"
        yield from listed((deleted(change) for change in merged), limit)


def deleted(change: Change) -> str:
    """Return a path, with a note if the update deletes it."""
    return f"  {change.path}{' (deleted)' if change.kind == 'deleted' else ''}"


def conflicting(conflicts: Sequence[Conflict], limit: int) -> Iterator[str]:
    """Yield each place that both sides changed."""
    if conflicts:
        places = (
            f"  {conflict.path}:{line}" if line else f"  {conflict.path}"
            for conflict in conflicts
            for line in conflict.lines or (0,)
        )
        yield "Conflicts, which both sides changed:"
        yield from listed(places, limit)


def models(found: Models | None) -> Iterator[str]:
    """Yield whether the database needs a revision."""
    if found is None:
        return
    if found.changed is None and found.reason:
        yield from wrapped(
            f"Models: not compared with your revisions ({found.reason}): run "
            "uv run flask db check."
        )
    elif found.changed is False:
        yield "Models: they are as your revisions make them."
    elif found.changed or found.files:
        yield short(f"Models: {', '.join(found.files) or 'they'} changed. Run:")
        yield from (f"  {command}" for command in found.commands)


def checks(found: Iterable[Check]) -> Iterator[str]:
    """Yield how the checks ended, with the end of what the failed ones printed."""
    results = list(found)
    passed = [each.name for each in results if each.passed]
    if passed:
        yield short(f"Passed: {', '.join(passed)}.")
    for each in results:
        if not each.passed:
            yield f"Failed: {each.name}"
            yield from (f"  {line}" for line in each.tail.splitlines()[-5:])


def wrapped(text: str, indent: str = "") -> list[str]:
    """Return a text in lines of the width of a terminal."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
