"""If both sides changed the same line, the conflict marks enclose only that line."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.editing import edit
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.update.projects_to_update import check
from tests.update.projects_to_update import comparable
from tests.update.projects_to_update import duplicated
from tests.update.projects_to_update import Expected
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import updated
from tests.update.published import COMING
from tests.update.published import WORK_TREE
from tests.update.scenarios import BEFORE
from tests.update.scenarios import MINE
from tests.update.scenarios import THEIRS
from tests.update.starts import NEWEST
from tests.update.starts import OLDEST

# Lines with a value that owners change, and git sees with the comment above it.
VALUES = {
    "config.py": r"    [A-Z_]+(: [^=\n]+)? = [^\n{(\[]+",
    "gunicorn.conf.py": r"[a-z_]+ = [\d_]+",
    "compose.yaml": r" +[a-z_]+: (\d+s?|\$\{[A-Z_]+:-\w+\})",
}


def test_the_marker_covers_the_line_and_at_most_its_neighbours(
    project: Project, tmp_path: Path
) -> None:
    ours = project(OLDEST, "website")
    alone = duplicated(ours, tmp_path / "alone")
    edit(ours / "app/core/headers.py", BEFORE, MINE)
    commit_all(ours, "my own work")

    updated(ours, COMING[-1])
    updated(alone, COMING[-1])

    check(ours, COMING[-1], Expected(conflicts={"app/core/headers.py"}))
    before, mine, theirs, after = sides(ours / "app/core/headers.py")
    assert mine.strip() == f"{MINE},"
    assert theirs.strip() == f"{THEIRS},"
    assert f"{before}{theirs}{after}" == (alone / "app/core/headers.py").read_text()

    # Every other file has what it would have without the conflict.
    others = [comparable(folder) for folder in (ours, alone)]
    for content in others:
        del content["app/core/headers.py"]
    assert others[0] == others[1]


def test_a_value_of_the_owner_merges_with_a_new_comment_above_it(
    project: Project,
) -> None:
    ours = project(NEWEST, "full")
    edits = {}
    for name, value in VALUES.items():
        text, count = re.subn(
            f"(?m)^{value}$", r"\g<0>  # mine", (ours / name).read_text()
        )
        assert count > 2, name
        (ours / name).write_text(text)
        edits[name] = count
    commit_all(ours, "my own work")

    updated(ours, WORK_TREE)

    check(ours, WORK_TREE, Expected())
    assert edits == {
        name: (ours / name).read_text().count("  # mine") for name in VALUES
    }


def sides(path: Path) -> tuple[str, str, str, str]:
    """Return a file with one conflict as: before, ours, theirs, after."""
    text = path.read_text()
    assert text.count("<<<<<<<") == text.count(">>>>>>>") == 1
    before, rest = text.split("<<<<<<<")
    mine, rest = rest.partition("\n")[2].split("=======\n")
    theirs, rest = rest.split(">>>>>>>")
    return before, mine, theirs, rest.partition("\n")[2]


def test_a_conflict_is_settled_as_the_readme_says(project: Project) -> None:
    ours = project(OLDEST, "website")
    edit(ours / "app/core/headers.py", BEFORE, MINE)
    commit_all(ours, "my own work")
    updated(ours, COMING[-1])

    before, mine, _, after = sides(ours / "app/core/headers.py")
    (ours / "app/core/headers.py").write_text(f"{before}{mine}{after}")
    git(ours, "add", "app/core/headers.py")
    commit_all(ours, "update")

    check(ours, COMING[-1], Expected(edits={"app/core/headers.py": mine}))
    assert git(ours, "status", "--porcelain") == ""


def test_an_update_can_be_taken_back_as_the_readme_says(project: Project) -> None:
    ours = project(OLDEST, "website")
    edit(ours / "app/core/headers.py", BEFORE, MINE)
    commit_all(ours, "my own work")
    before = comparable(ours)
    updated(ours, COMING[-1])

    git(ours, "reset", "--quiet", "--hard")
    git(ours, "clean", "--quiet", "-d", "--force")

    after = comparable(ours)
    # git leaves alone what it ignores; a release to come brings such a file.
    assert after.pop(".env")
    assert after == before


def test_a_fix_that_was_made_by_hand_first_is_no_conflict(project: Project) -> None:
    ours = project(OLDEST, "website")
    edit(ours / "app/core/headers.py", BEFORE, THEIRS)
    commit_all(ours, "the fix, by hand")

    updated(ours, COMING[-1])

    check(ours, COMING[-1], Expected(edits={"app/core/headers.py": THEIRS}))


def test_an_edited_file_that_a_release_retires_is_kept(project: Project) -> None:
    ours = project(OLDEST, "website")
    page = ours / "app/templates/main/index.html"
    page.write_text(page.read_text() + "<!-- mine -->\n")
    (ours / "docs/first-page.md").write_text("Mine.\n")
    commit_all(ours, "my own work")

    updated(ours, COMING[-1])

    kept = {
        "app/templates/main/index.html": "<!-- mine -->",
        "docs/first-page.md": "Mine.\n",
        "app/templates/main/start.html": "It works",
    }
    check(ours, COMING[-1], Expected(edits=kept))
