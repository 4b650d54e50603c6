"""update_bot=renovate: the command that Renovate runs, and its own look-up."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.node import NODE
from tests.support.node import NPM
from tests.support.node import ON_PATH
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import run
from tests.support.rendering import run_within
from tests.support.rendering import said
from tests.support.sampling import at_night
from tests.support.sampling import part
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import record
from tests.update.projects_to_update import rendered
from tests.update.projects_to_update import unmerged
from tests.update.published import COMING
from tests.update.published import WORK_TREE
from tests.update.starts import before
from tests.update.starts import ENDS
from tests.update.starts import EVERYTHING
from tests.update.starts import presets

ADDRESS = "https://github.com/OWNER/copier-flask"
# What lib/modules/manager/copier of Renovate 43 runs, in a repository without scripts.
COMMAND = (
    "update", "--skip-answered", "--defaults", "--answers-file", ".copier-answers.yml",
    "--vcs-ref",
)  # fmt: skip
STARTS = [(tag, preset) for tag in ENDS for preset in presets(tag)]
FEW = STARTS if EVERYTHING else [(ENDS[0], "website"), (ENDS[-1], "minimal")]
MINOR = "v999.1.0"
GROUPED = "renovate/small-updates"


@pytest.mark.parametrize(("release", "preset"), FEW, ids="-".join)
def test_the_command_of_renovate_updates_a_project(
    release: str, preset: str, project: Project
) -> None:
    ours, newest = project(release, preset), COMING[-1]

    done = attempt(ours, str(BIN / "copier"), *COMMAND, newest)

    assert done.returncode == 0, said(done)
    assert unmerged(ours) == set()
    assert record(ours)["_commit"] == newest
    # Only then does Renovate commit what it finds.
    assert " M .copier-answers.yml" in git(ours, "status", "--porcelain")


@pytest.mark.parametrize(
    ("ci", "bot"),
    part([("gitlab", "renovate"), ("github", "none"), ("none", "none")], 2),
)
def test_a_project_on_gitlab_keeps_its_bot_and_others_get_none(
    ci: str, bot: str, published: Path, tmp_path: Path
) -> None:
    *_, without_a_bot = before("0.15.0")
    ours = rendered(published, without_a_bot, tmp_path / "project", ci=ci)
    git(ours, "init", "--quiet")
    commit_all(ours, "start")

    run(ours, str(BIN / "copier"), *COMMAND, WORK_TREE)

    assert record(ours)["update_bot"] == bot
    assert (ours / "renovate.json").exists() == (ci == "gitlab")
    assert (ours / ".github/dependabot.yml").exists() == (ci == "github")
    assert not (ours / "updates/bot").exists()


@pytest.fixture(scope="session")
def renovate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The command of Renovate, which npm installs outside of the repository."""
    folder = tmp_path_factory.mktemp("renovate")
    install = ("install", "--no-save", "--no-fund", "--no-audit", "renovate@43")
    run_within(1200, folder, *NPM, *install, **ON_PATH)
    return NODE, str(folder / "node_modules/renovate/dist/renovate.js")


@pytest.fixture
def addressed(published: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A project from the published address, and the home that knows where that is."""
    template, home = tmp_path / "template", tmp_path / "home"
    git(tmp_path, "clone", "--quiet", str(published), str(template))
    git(template, "tag", MINOR, WORK_TREE)
    for later in COMING:
        git(template, "tag", "--delete", later)
    home.mkdir()
    # Renovate passes HOME to git, and not GIT_CONFIG_GLOBAL.
    (home / ".gitconfig").write_text(
        f'[init]\n\tdefaultBranch = main\n[url "{template.as_uri()}"]\n'
        f"\tinsteadOf = {ADDRESS}.git\n\tinsteadOf = {ADDRESS}\n"
    )
    ours = tmp_path / "project"
    answers = ("--data", "ci=gitlab", "--data", "update_bot=renovate")
    run(
        tmp_path, str(BIN / "copier"), "copy", "--defaults", "--quiet", *answers,
        "--vcs-ref", WORK_TREE, ADDRESS, str(ours),
        GIT_CONFIG_GLOBAL=str(home / ".gitconfig"),
    )  # fmt: skip
    git(ours, "init", "--quiet")
    commit_all(ours, "start")
    return ours, home


def looked_up(project: Path, home: Path, renovate: tuple[str, str]) -> dict[str, str]:
    """Return the values that Renovate's look-up logs, by name."""
    log = run_within(
        600, project, *renovate,
        "--platform=local", "--enabled-managers=copier", "--dry-run=lookup",
        GIT_CONFIG_GLOBAL=str(home / ".gitconfig"), HOME=str(home), LOG_LEVEL="debug",
    )  # fmt: skip
    return dict(re.findall(r'"(newVersion|branchName)": "([^"]+)"', log))


@at_night("it installs Renovate from npm")
def test_renovate_finds_the_next_release_for_a_separate_branch(
    addressed: tuple[Path, Path], renovate: tuple[str, str]
) -> None:
    ours, home = addressed

    found = looked_up(ours, home, renovate)

    assert found == {"newVersion": MINOR, "branchName": "renovate/template-update"}

    # Without the rule it is in the branch of all packages: this test can fail.
    settings = json.loads((ours / "renovate.json").read_text())
    settings["packageRules"].pop()
    (ours / "renovate.json").write_text(json.dumps(settings))
    commit_all(ours, "without the rule")
    assert looked_up(ours, home, renovate)["branchName"] == GROUPED
