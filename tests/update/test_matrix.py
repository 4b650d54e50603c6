"""Every release, every preset, every kind of edit: updated, and nothing lost.

--all makes all of these updates. A push makes each kind of edit twice: in a project of
the oldest release, and in one of the last two; the presets take turns.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from shutil import copytree
from shutil import rmtree

import copier
import pytest

from tests.support.records import RECORD
from tests.support.rendering import commit_all
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import start_repository
from tests.support.sampling import in_turn
from tests.support.sampling import part
from tests.update.projects_to_update import check
from tests.update.projects_to_update import check_untouched
from tests.update.projects_to_update import comparable
from tests.update.projects_to_update import lost
from tests.update.projects_to_update import marked
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import unmerged
from tests.update.projects_to_update import updated
from tests.update.published import COMING
from tests.update.published import WORK_TREE
from tests.update.scenarios import applied
from tests.update.scenarios import SCENARIOS
from tests.update.starts import EVERYTHING
from tests.update.starts import LAST_TWO
from tests.update.starts import NEWEST
from tests.update.starts import OLDEST
from tests.update.starts import presets
from tests.update.starts import RELEASES
from tests.update.starts import SOME


# To the work tree, with real changes and real edits, and from the newest to the
# coming releases, which use each mechanism.
def updates(*pairs: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Return releases and targets, each with the presets of the release."""
    return [
        (release, target, preset)
        for release, target in pairs
        for preset in presets(release)
    ]


TO_COME = (NEWEST, COMING[-1])
FIRST = updates((OLDEST, WORK_TREE))
LAST = updates(TO_COME, *((release, WORK_TREE) for release in reversed(LAST_TWO)))
ALL = updates(*((release, WORK_TREE) for release in RELEASES), TO_COME)
CASES = (
    list(product(SCENARIOS, ALL))
    if EVERYTHING
    else in_turn(SCENARIOS, FIRST) + in_turn(SCENARIOS, LAST)
)

Note = Callable[[str, object], None]


@pytest.mark.parametrize(
    ("release", "target", "preset", "scenario"),
    [(*update, scenario) for scenario, update in CASES],
)
def test_an_update_keeps_every_edit(
    release: str,
    target: str,
    preset: str,
    scenario: str,
    project: Project,
    published: Path,
    sound: Callable[..., None],
    tmp_path: Path,
    record_property: Note,
) -> None:
    ours = project(release, preset)
    expected = applied(ours, SCENARIOS[scenario])
    if scenario == "a file of ours" and target in COMING:
        expected.conflicts = {"docs/operating.md"}

    updated(ours, target)
    record_property("updates made", 1)

    record_property(
        RECORD,
        {
            "from": release,
            "to": target,
            "preset": preset,
            "edit": scenario,
            "checked": len({*expected.edits, *expected.binary, *expected.gone}),
            "right": sorted(unmerged(ours) & expected.conflicts),
            "false": sorted(unmerged(ours) - expected.conflicts),
            "lost": lost(files(ours), expected),
        },
    )
    check(ours, target, expected)
    record_property("edits checked", len(expected.edits) + len(expected.gone))
    if not expected.conflicts:
        sound(ours, as_it_is=expected.untouched)
    if expected.untouched:
        check_untouched(ours, published, target, tmp_path / "fresh")


@pytest.mark.parametrize("preset", part(presets(OLDEST), 1))
def test_one_release_after_the_other_equals_the_last(
    preset: str,
    project: Project,
    published: Path,
    tmp_path: Path,
    record_property: Note,
) -> None:
    ours = project(OLDEST, preset)
    for tag in [*SOME[1:], WORK_TREE, *COMING]:
        updated(ours, tag)
        commit_all(ours, f"update to {tag}")
        record_property("updates made", 1)
        assert not unmerged(ours) | marked(ours)

    check_untouched(ours, published, COMING[-1], tmp_path / "fresh")


def test_a_project_in_a_folder_of_a_monorepo_is_updated(
    base: Project, tmp_path: Path, record_property: Note
) -> None:
    mono = tmp_path / "mono"
    ours = copytree(base(OLDEST, "website"), mono / "services/web")
    rmtree(ours / ".git")
    (mono / "README.md").write_text("Many services.\n")
    start_repository(mono, "start")
    alone = copytree(base(OLDEST, "website"), tmp_path / "alone")

    for folder in (ours, alone):
        expected = applied(folder, SCENARIOS["everything"])
        updated(folder, COMING[-1])
        record_property("updates made", 1)
        check(folder, COMING[-1], expected)
        record_property("edits checked", len(expected.edits))

    assert comparable(ours) == comparable(alone)
    assert (mono / "README.md").read_text() == "Many services.\n"
    assert not (mono / ".copier-answers.yml").exists()


def test_fast_updates_equal_copiers_own(base: Project, tmp_path: Path) -> None:
    fast = copytree(base(OLDEST, "website"), tmp_path / "fast")
    stock = copytree(base(OLDEST, "website"), tmp_path / "stock")
    for folder in (fast, stock):
        applied(folder, SCENARIOS["everything"])

    updated(fast, COMING[-1])
    copier.run_update(
        stock, vcs_ref=COMING[-1], defaults=True, quiet=True, overwrite=True
    )

    assert files(fast) == files(stock)
    assert git(fast, "status", "--porcelain") == git(stock, "status", "--porcelain")
