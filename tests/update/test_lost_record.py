"""A project whose .copier-answers.yml is lost, or names an address of before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.commands import lost_record
from tests.support.facts.known_issues import MITIGATIONS
from tests.support.pages import ADDRESS
from tests.support.pages import at_the_address
from tests.support.pages import page_commands
from tests.support.pages import run_block
from tests.support.rendering import attempt
from tests.support.rendering import commit_all
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import run_within
from tests.support.rendering import said
from tests.support.running.projects import uv
from tests.support.sampling import at_night
from tests.update.projects_to_update import answers_of
from tests.update.projects_to_update import check
from tests.update.projects_to_update import committed
from tests.update.projects_to_update import Expected
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import record
from tests.update.projects_to_update import rendered
from tests.update.published import COMING
from tests.update.scenarios import applied
from tests.update.scenarios import SCENARIOS
from tests.update.starts import FEW
from tests.update.starts import NEWEST
from tests.update.starts import OLDEST
from tests.update.starts import presets

RECORD = lost_record.RECORD
MINIMAL = {"preset": "minimal", "project_name": "My Flask App"}
OF_THE_NIGHT = at_night("renders each release, and each answer of one")
# Other answers than those of a preset, and what an update does not ask for.
ANSWERS = {
    "preset": "api",
    "project_name": "Corner shop",
    "author_name": "Ada & Bo",
    "license": "Proprietary",
    "server": "granian",
    "database": "postgresql",
    "ci": "gitlab",
    "skip_mitigations": MITIGATIONS[5:7],
}


@pytest.fixture
def address(published: Path, tmp_path: Path) -> dict[str, str]:
    """Variables that lead from the address of the pages to the published clone."""
    clone = tmp_path / "elsewhere/copier-flask.git"
    git(tmp_path, "clone", "--quiet", str(published), str(clone))
    return at_the_address(clone, tmp_path)


@pytest.fixture(autouse=True)
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the environment out of the project, whose files are compared."""
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(tmp_path / "environment"))


def worked_on(project: Path) -> Expected:
    """Make an owner's edits, and a lock file that uv reads; return what must stay."""
    expected = applied(project, SCENARIOS["everything"])
    expected.edits.pop("uv.lock", None)
    (project / "uv.lock").unlink()
    uv(project, "lock", "--quiet")
    commit_all(project, "worked on")
    return expected


def without_history(project: Path) -> None:
    """Begin a new history of a project, without the record."""
    shutil.rmtree(project / ".git")
    (project / RECORD).unlink()
    git(project, "init", "--quiet")
    commit_all(project, "imported")


@OF_THE_NIGHT
def test_a_record_that_no_commit_has_is_made_again(
    published: Path, address: dict[str, str], tmp_path: Path
) -> None:
    ours = committed(rendered(published, NEWEST, tmp_path / "project", **ANSWERS))
    lost = {**answers_of(ours), "preset": "custom"}
    expected = worked_on(ours)
    without_history(ours)
    before = files(ours)

    find, update = page_commands("docs/lost-record.md", "It is not in the history")
    printed = run_within(1200, ours, "bash", "-euc", find, **address)

    assert f"Wrote {RECORD} for {NEWEST}" in printed
    assert answers_of(ours) == lost
    assert record(ours)["_src_path"] == ADDRESS
    assert files(ours) == {**before, RECORD: (ours / RECORD).read_bytes()}
    run_block(ours, update.splitlines()[1], **address)
    check(ours, COMING[-1], expected)


# A preset of each size that the release has.
LOST = [
    (release, preset)
    for release in FEW
    for preset in ("website", "full", "minimal")
    if preset in presets(release)
]


@OF_THE_NIGHT
@pytest.mark.parametrize(("release", "preset"), LOST)
def test_the_release_and_the_answers_are_found(
    release: str, preset: str, published: Path, project: Project
) -> None:
    ours = project(release, preset)
    lost = answers_of(ours)
    applied(ours, SCENARIOS["everything"])
    (ours / RECORD).unlink()

    best, *_ = lost_record.nearest(published, ours)

    assert best.tag == release
    known = lost_record.Finder(published, ours).questions(release)
    assert {**lost, "preset": "custom"} == {
        name: answer for name, answer in answers_of_text(best.record).items()
        if name in known
    }  # fmt: skip


def answers_of_text(text: str) -> dict[str, object]:
    read: dict[str, object] = yaml.safe_load(text)
    return {name: answer for name, answer in read.items() if name[0] != "_"}


def test_a_record_that_a_commit_removed_is_restored(
    project: Project, published: Path
) -> None:
    ours = project(NEWEST, "minimal")
    expected = worked_on(ours)
    lost = (ours / RECORD).read_text()
    git(ours, "rm", "--quiet", RECORD)
    commit_all(ours, "not needed")
    (ours / "later.txt").write_text("more\n")
    commit_all(ours, "later")

    (restore,) = page_commands("docs/lost-record.md", "It is in the history")
    before, update = restore.rsplit("uv run", 1)
    run_block(ours, before)
    assert (ours / RECORD).read_text() == lost
    run_block(ours, f"uv run{update}")
    check(ours, COMING[-1], expected)


@at_night("half a minute")
def test_a_template_that_moved_is_followed(
    address: dict[str, str], published: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    git(tmp_path, "clone", "--quiet", str(published), str(old))
    ours = committed(rendered(old, NEWEST, tmp_path / "project", preset="minimal"))
    expected = worked_on(ours)
    shutil.rmtree(old)
    failed = attempt(ours, "uv", "run", "just", "update")
    assert failed.returncode, said(failed)

    (move,) = page_commands("docs/lost-record.md", "The template has another address")
    run_block(ours, move, **address)

    check(ours, COMING[-1], expected)
    assert record(ours)["_src_path"] == ADDRESS


def test_the_folder_of_the_project_is_demanded(tmp_path: Path) -> None:
    assert lost_record.main([str(tmp_path)]) == 2
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / RECORD).touch()
    assert lost_record.main([str(tmp_path)]) == 2


def test_a_release_that_the_project_is_not_at_is_farther_away(
    project: Project, published: Path
) -> None:
    ours = project(NEWEST, "minimal")
    finder = lost_record.Finder(published, ours)

    near, far = finder.releases([OLDEST, NEWEST], answers_of(ours))

    assert (near.tag, near.missing) == (NEWEST, 0)
    assert far.missing > 0


def test_the_answers_are_those_of_the_nearest_render(
    project: Project, published: Path, tmp_path: Path
) -> None:
    answers = {**MINIMAL, "skip_mitigations": MITIGATIONS[5:7], "ci": "gitlab"}
    ours = rendered(published, NEWEST, tmp_path / "other", **answers)
    finder = lost_record.Finder(published, ours)
    assert lost_record.suggested(ours)["ci"] == "gitlab"

    first = finder.compared(NEWEST, answers_of(project(NEWEST, "minimal")))
    assert first is not None
    found = finder.improved(first)

    assert first.missing > found.missing == 0
    assert found.answers["skip_mitigations"] == MITIGATIONS[5:7]
    assert found.answers["ci"] == "gitlab"


def test_what_the_owner_wrote_into_pyproject_is_no_answer(
    project: Project, published: Path
) -> None:
    ours = project(NEWEST, "minimal")
    file = ours / "pyproject.toml"
    text = file.read_text().replace('license = "MIT"', 'license = "EUPL-1.2"')
    authors = 'authors = [{ name = "A" }, { name = "B" }]'
    text = text.replace("dependencies = [", f"{authors}\ndependencies = [", 1)
    file.write_text(text.replace(">=3.11", ">=3.11,<4", 1))

    found = lost_record.Finder(published, ours).compared(
        NEWEST, lost_record.suggested(ours)
    )

    assert found is not None
    assert found.answers["author_name"] == "A"
    assert not {"license", "python_version"} & {*found.answers}
