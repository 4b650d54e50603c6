"""The page of results: what updates kept, from what a run of the tests recorded.

As a script it takes the file that `pytest --records FILE` wrote, writes
docs/results.jsonl and docs/results.md, and fails if an edit was lost, a conflict was
false, or a test failed.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.commands.made_tables import table
from tests.support.rendering import ROOT

PAGE, DATA = ROOT / "docs/results.md", ROOT / "docs/results.jsonl"
Record = dict[str, Any]
COUNTED = ("updates", "checked", "right", "false", "lost")
HEADS = (
    "updates", "edits checked", "conflicts, right", "conflicts, false", "edits lost",
)  # fmt: skip
IN_A_CELL = {"right": "right", "false": "**false**", "lost": "**lost**"}
TEXT = """\
# Results of updates

What updates kept, from a run of the tests on {date}, at commit `{commit}`{dirty}.
`just results` writes this page from what the run recorded, which is in
[results.jsonl](results.jsonl), and each nightly makes both again.

{verdict}

- An *edit* is lost if an update without a conflict leaves a file without it. One of a
  file that was deleted, moved or made is lost if the file is back or gone.
- A conflict is *right* if lines of the owner touch lines that the release changed, as
  in git's merge, and *false* if they do not.
- A project with another line length is updated by `just update`, which merges in the
  project's own format; the others by `copier update`.

{parts}
## Releases and presets

Each project of a release and a preset, with each kind of edit, updated to the work tree
of that commit; from the newest release also to two releases that do not exist yet. This
run made {run} of {possible} combinations. A cell has the number of kinds, and of
conflicts and lost edits, if there were any.

{cells}
## Kinds of edit

{kinds}
## Long lives

Random answers to a random release, then edits and updates in turn, the last one to the
work tree or to a release to come. This run lived {lived} lives, of up to {steps} steps.

{lives}
Edits that the dice gave; for one that a project has no place for, another is made:

{made}"""


def read(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def figures(records: Iterable[Record]) -> list[str]:
    """Return the sums of what records count, as cells."""
    sums: Counter[str] = Counter()
    for one in records:
        sums["updates"] += one.get("updates", 1)
        sums["checked"] += one["checked"]
        for name in COUNTED[2:]:
            sums[name] += len(one.get(name, []))
    return [f"{sums[name]:,}" for name in COUNTED]


def in_groups(
    records: list[Record], key: Callable[[Record], Any]
) -> dict[Any, list[Record]]:
    """Return the records by a key, of the oldest release first."""
    groups: dict[Any, list[Record]] = {}
    for one in sorted(records, key=lambda one: by_version(one["from"])):
        groups.setdefault(key(one), []).append(one)
    return groups


def by_version(tag: str) -> list[int]:
    return [int(part) for part in tag.removeprefix("v").split(".")]


def cell(records: list[Record]) -> str:
    """Return how many kinds of edit were tried, and what was not merged silently."""
    if not records:
        return "-"
    counts = dict(zip(COUNTED, figures(records), strict=True))
    shown = [
        f"{counts[name]} {words}"
        for name, words in IN_A_CELL.items()
        if counts[name] != "0"
    ]
    return ", ".join([str(len({one["edit"] for one in records})), *shown])


def page(data: list[Record]) -> str:
    """Return the page of a run: its first record, and those of its tests."""
    run, *records = data
    matrix = [one for one in records if "edit" in one]
    lives = [one for one in records if "steps" in one]
    parts = {"each kind of edit": matrix, "lives": lives}
    return TEXT.format(
        date=run["date"],
        commit=run["commit"][:10],
        dirty="" if run["clean"] else ", with changes that were not committed",
        verdict=verdict(records),
        parts=summed("part", parts),
        run=f"{len(matrix):,}",
        possible=f"{run['possible']:,}",
        cells=starts(matrix),
        kinds=summed("kind", in_groups(matrix, lambda one: one["edit"])),
        lived=f"{len(lives):,}",
        steps=max((len(one["steps"]) for one in lives), default=0),
        lives=summed("from", in_groups(lives, lambda one: one["from"]), number=True),
        made=table(["edit", "times"], made(lives)),
    )


def summed(head: str, groups: dict[str, list[Record]], *, number: bool = False) -> str:
    """Return a table with the sums of each group, and how many records it has."""
    rows = [
        [name, *([str(len(group))] if number else []), *figures(group)]
        for name, group in groups.items()
    ]
    return table([head, *(["lives"] if number else []), *HEADS], rows)


def starts(matrix: list[Record]) -> str:
    """Return the table of releases and presets."""
    groups = in_groups(matrix, lambda one: (one["from"], one["preset"]))
    releases = dict.fromkeys(release for release, _ in groups)
    presets = sorted({preset for _, preset in groups})
    rows = [
        [release, *(cell(groups.get((release, one), [])) for one in presets)]
        for release in releases
    ]
    return table(["release", *presets], rows)


def made(lives: list[Record]) -> list[list[str]]:
    steps = Counter(step for one in lives for step in one["steps"])
    return [
        [step.replace("_", " "), str(times)]
        for step, times in sorted(steps.items())
        if not step.startswith("update to ")
    ]


def verdict(records: list[Record]) -> str:
    """Return the first sentence of the page, with what was wrong."""
    wrong = [f"- {fault}" for one in records for fault in faults(one)]
    if not wrong:
        return "**No edit was lost, and no conflict was false.**"
    return "**Something was wrong:**\n\n" + "\n".join(wrong)


def faults(record: Record) -> list[str]:
    """Return what went wrong in a test, each as a line."""
    name = record["test"].rpartition("::")[2]
    found = [f"`{name}`: lost: {lost}" for lost in record.get("lost", [])]
    found += [f"`{name}`: false conflict: {path}" for path in record.get("false", [])]
    return found or ([] if record["passed"] else [f"`{name}` failed"])


def possible() -> int:
    """Return how many combinations of release, preset and kind of edit there are."""
    from tests.update import starts
    from tests.update.projects_to_update import presets
    from tests.update.scenarios import SCENARIOS

    known = [len(presets(ROOT, commit)) for commit in starts.COMMITS.values()]
    # The newest one is also updated to the releases to come.
    return (sum(known) + known[-1]) * len(SCENARIOS)


def main() -> int:
    run, *records = read(Path(sys.argv[1]))
    about_updates = [one for one in records if "from" in one or not one["passed"]]
    data = [run | {"possible": possible()}, *sorted(about_updates, key=str)]
    lines = (json.dumps(one, ensure_ascii=False) for one in data)
    DATA.write_text("".join(f"{line}\n" for line in lines))
    PAGE.write_text(page(data))
    wrong = [fault for one in about_updates for fault in faults(one)]
    sys.stdout.write("".join(f"{line}\n" for line in [*wrong, f"Written: {PAGE}"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
