"""The bot of update_bot=workflow, with a bare repository and an API on loopback."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import pytest

from tests.support.editing import edit
from tests.support.rendering import attempt_within
from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.sampling import at_night
from tests.update import published as publishing
from tests.update.projects_to_update import committed
from tests.update.projects_to_update import rendered
from tests.update.published import WORK_TREE
from tests.update.scenarios import BEFORE
from tests.update.scenarios import MINE
from tests.update.services import BRANCH
from tests.update.services import REFUSES_ALL
from tests.update.services import REFUSES_WORKFLOWS
from tests.update.services import Service
from tests.update.services import serving

RELEASE = "1002.0.0"
WORKFLOW = ".github/workflows/ci.yml"
HEADERS = "app/core/headers.py"
# What would end its block or act on people, if the text showed it as it is.
HOSTILE = ("````", "</details>", "/close", "@everyone closes #1")
# In the place of uv: it installs nothing, and fails where its file tells it to.
UV = """#!/bin/sh
env | grep -c a-token >> "FOLDER/tokens"
[ "$1" = sync ] && echo "# locked" > uv.lock
while IFS= read -r words; do
  case "$*" in *"$words"*) cat "FOLDER/says"; exit 1 ;; esac
done < "FOLDER/fails"
"""
FAILS = "E   assert 1 == 2\nNew upgrade operations detected\n"


@dataclass
class Programs:
    """A folder with a uv that runs nothing."""

    folder: Path
    path: str = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        uv = self.folder / "uv"
        uv.write_text(UV.replace("FOLDER", str(self.folder)))
        uv.chmod(0o755)
        self.path = f"{self.folder}:{BIN}:{os.environ['PATH']}"
        self.let()

    def let(self, *fails: str) -> None:
        """Let commands with these words fail."""
        (self.folder / "fails").write_text("".join(f"{words}\n" for words in fails))
        (self.folder / "says").write_text(FAILS)


@dataclass
class Shop:
    """A project, the service that has it, and the programs of its jobs."""

    project: Path
    service: Service
    programs: Programs

    def run(self, *arguments: object, status: int = 0, **environment: str) -> str:
        """Run the bot as a job does, and return what it prints."""
        # Real checks take minutes on a machine that does other work.
        done = attempt_within(
            1200, self.project,
            sys.executable, "-m", "updates.bot", *map(str, arguments),
            **{"PATH": self.programs.path, **self.service.environment, **environment},
        )  # fmt: skip
        assert done.returncode == status, said(done)
        assert "Traceback" not in said(done)
        return said(done)

    def add_a_commit_of_a_person(self) -> str:
        """Add a commit to the bot's branch, and return its name."""
        tree = git(self.service.repository, "rev-parse", f"{BRANCH}^{{tree}}").strip()
        commit = ("commit-tree", tree, "-p", BRANCH, "-m", "mine")
        made = git(self.service.repository, *commit).strip()
        git(self.service.repository, "update-ref", f"refs/heads/{BRANCH}", made)
        return made


def releases(published: Path, folder: Path) -> Path:
    """Publish one release more: a workflow changes, and its text is hostile."""
    git(folder, "clone", "--quiet", str(published), "releases")
    template = folder / "releases"
    edit(template / "template" / WORKFLOW, "name: CI", "name: Checks")
    publishing.release(template, f"v{RELEASE}")
    item = f"- What release {RELEASE} changes.\n"
    edit(template / "CHANGELOG.md", item, item + "".join(f"\n{x}\n" for x in HOSTILE))
    commit_all(template, "hostile")
    git(template, "tag", "--force", f"v{RELEASE}")
    return template


@pytest.fixture(scope="module")
def template(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return releases(published, tmp_path_factory.mktemp("releases"))


def project_of(template: Path, folder: Path, tag: str = WORK_TREE, **more: str) -> Path:
    """Return a committed project with this bot and an edit of a maintained file."""
    answers = {"preset": "website", "update_bot": "workflow", **more}
    project = committed(rendered(template, tag, folder, **answers))
    git(project, "branch", "--force", "--move", "main")
    if "same-origin" in (project / HEADERS).read_text():
        edit(project / HEADERS, BEFORE, MINE)
    commit_all(project, "my own work")
    return project


@pytest.fixture(scope="module")
def github(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("github")
    project = project_of(template, folder / "shop")
    with serving("github", folder / "served", project) as service:
        yield Shop(project, service, Programs(folder / "programs"))


@pytest.fixture(scope="module")
def prepared(github: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the first job gives to the second."""
    folder = tmp_path_factory.mktemp("prepared")
    github.programs.let("just check", "run python -c")
    github.run("prepare", folder)
    return folder


@pytest.fixture
def shop(github: Shop, prepared: Path) -> Iterator[Shop]:
    """The shop as it is when nothing was proposed yet."""
    github.service.reset()
    yield github
    assert github.service.tokens <= {"a-token"}


def changed_proposal(prepared: Path, folder: Path, **values: str) -> Path:
    """Return a copy of what the first job made, with other values."""
    shutil.copytree(prepared, folder)
    content = json.loads((folder / "proposal.json").read_text())
    (folder / "proposal.json").write_text(json.dumps(content | values))
    return folder


@pytest.fixture
def later(prepared: Path, tmp_path: Path) -> Path:
    """What the first job makes of a later release, on the same commits."""
    return changed_proposal(prepared, tmp_path / "later", release="1003.0.0")


@pytest.fixture
def up_to_date(prepared: Path, tmp_path: Path) -> Path:
    return changed_proposal(prepared, tmp_path / "newest", head="", whole="")


def outside_of_blocks(text: str) -> list[str]:
    """Return the lines that are Markdown: a longer fence ends a block too."""
    outside, fence = [], ""
    for line in text.splitlines():
        if not fence and line.startswith("```"):
            fence = line[: len(line) - len(line.lstrip("`"))]
        elif fence and line.startswith(fence) and not line.strip("`"):
            fence = ""
        elif not fence:
            outside.append(line)
    return outside


def test_a_pull_request_says_what_its_reader_has_to_know(
    shop: Shop, prepared: Path
) -> None:
    shop.service.refuse(REFUSES_WORKFLOWS)

    shop.run("send", prepared)

    body = shop.service.body()
    for told in (
        "the project is at release `999.0.0`", f"release `{RELEASE}` is out",
        f"`{HEADERS}`\n\n```text\n<<<<<<< before updating\n    {MINE},\n=======",
        f"- `{WORKFLOW}`", "A model changed.", "In `app/models.py`.",
        "| `just check` | **failed** |", "| `uv sync` | passed |", "E   assert 1 == 2",
        "git rm docs/first-page.md  # it moved to the site",
        f"What release {RELEASE} changes.", "- With `auth`: what release 1000.0.0",
        f"uv run just update --vcs-ref v{RELEASE}", "origin/main",
    ):  # fmt: skip
        assert told.lower() in body.lower(), told
    assert "Without `auth`" not in body
    assert str(ROOT) not in body
    # The branch has all but what the token may not push, and the marks of the conflict.
    assert WORKFLOW not in shop.service.changed()
    assert "uv.lock" in shop.service.changed()
    assert MINE in shop.service.shown(HEADERS)
    assert ">>>>>>> after updating" in shop.service.shown(HEADERS)
    assert "in conflict" in shop.service.items["pulls"][0]["title"]
    # Nothing in the release ends its block: what is outside of the blocks is ours.
    outside = outside_of_blocks(body)
    assert not {*HOSTILE} & {*outside}
    assert {*HOSTILE} <= {*body.splitlines()}
    # No program that the first job starts knows the token.
    assert {*(shop.programs.folder / "tokens").read_text().split()} == {"0"}

    before = shop.service.branch
    shop.service.calls.clear()
    assert "Nothing new" in shop.run("send", prepared)
    assert shop.service.changes == []
    assert shop.service.branch == before


def test_a_token_that_may_push_workflows_pushes_them(
    shop: Shop, prepared: Path
) -> None:
    shop.run("send", prepared)

    assert WORKFLOW in shop.service.changed()
    assert "## Left out" not in shop.service.body()


def test_where_pull_requests_are_forbidden_it_opens_an_issue_until_they_are_not(
    shop: Shop, prepared: Path
) -> None:
    shop.service.statuses = {("POST", "pulls"): 403}

    shop.run("send", prepared)
    shop.run("send", prepared)

    body = shop.service.body("issues")
    assert "may not open a pull request: POST /repos/ada/shop/pulls: 403" in body
    assert f"/ada/shop/compare/main...{BRANCH}?expand=1" in body
    assert "| `just check` | **failed** |" in body
    assert shop.service.branch
    assert shop.service.changes.count(("POST", "issues")) == 1

    shop.service.statuses = {}
    shop.run("send", prepared)
    assert len(shop.service.items["pulls"]) == 1
    assert shop.service.items["issues"][0]["state"] == "closed"


@pytest.mark.parametrize("issues", [403, 410])
def test_where_nothing_is_allowed_the_summary_has_the_text(
    issues: int, shop: Shop, prepared: Path
) -> None:
    shop.service.refuse(REFUSES_ALL)
    shop.service.statuses = {
        ("GET", "issues"): issues, ("POST", "issues"): issues, ("GET", "pulls"): 403,
    }  # fmt: skip

    shop.run("send", prepared)

    summary = (shop.service.folder / "summary.md").read_text()
    assert "may not push a branch: " in summary
    assert "may not open an issue either: " in summary
    assert "| `just check` | **failed** |" in summary
    assert not shop.service.branch


def test_commits_of_people_stay_and_a_later_release_is_named_once(
    shop: Shop, prepared: Path, later: Path
) -> None:
    shop.run("send", prepared)
    mine = shop.add_a_commit_of_a_person()

    shop.run("send", prepared)
    assert shop.service.changes == [("POST", "pulls")]
    shop.run("send", later)
    shop.run("send", later)

    assert shop.service.branch == f"{mine}\n"
    assert shop.service.changes == [("POST", "pulls"), ("PATCH", "pulls")]
    assert "**Release `1003.0.0` is out.**" in shop.service.body()
    assert f"release={RELEASE} " in shop.service.body()


def test_a_release_that_was_closed_is_proposed_no_more(
    shop: Shop, prepared: Path, later: Path
) -> None:
    shop.run("send", prepared)
    shop.service.items["pulls"][0]["state"] = "closed"

    assert "was closed, which stays" in shop.run("send", prepared)
    assert shop.service.changes == [("POST", "pulls")]
    shop.run("send", later)

    assert [item["state"] for item in shop.service.items["pulls"]] == ["open", "closed"]


def test_the_branch_of_a_closed_request_is_used_again_and_no_other_one(
    shop: Shop, prepared: Path, later: Path
) -> None:
    shop.run("send", prepared)
    shop.add_a_commit_of_a_person()
    shop.run("send", prepared)
    # As a squash merge leaves it.
    shop.service.items["pulls"][0]["state"] = "closed"

    shop.run("send", later)

    assert shop.service.items["pulls"][0]["state"] == "open"
    assert git(shop.service.repository, "log", "-1", "--format=%an", BRANCH) != "Ada\n"

    shop.service.items["pulls"].clear()
    mine = shop.add_a_commit_of_a_person()
    shop.run("send", later)
    shop.run("send", later)
    assert shop.service.branch == f"{mine}\n"
    assert "commits that this bot did not make" in shop.service.body("issues")


def test_a_pull_request_that_a_person_opened_for_the_branch_is_left(
    shop: Shop, prepared: Path, up_to_date: Path
) -> None:
    shop.run("send", prepared)
    shop.service.items["pulls"][0]["body"] = "By hand."

    assert "A person has opened it" in shop.run("send", prepared)
    shop.run("send", up_to_date)

    assert shop.service.changes == [("POST", "pulls")]
    assert shop.service.branch


@pytest.mark.parametrize(
    "values",
    [{"head": "--mirror"}, {"whole": "main"}, {"release": "1 --> @ada"}, {"more": ""}],
    ids=str,
)
def test_a_proposal_that_the_bot_did_not_make_is_refused(
    values: dict[str, str], shop: Shop, prepared: Path, tmp_path: Path
) -> None:
    folder = changed_proposal(prepared, tmp_path / "planted", **values)

    assert "No update is proposed." in shop.run("send", folder, status=1)
    assert shop.service.calls == []


def test_in_a_project_that_is_up_to_date_it_closes_what_is_open(
    shop: Shop, prepared: Path, up_to_date: Path
) -> None:
    assert "has the newest release" in shop.run("send", up_to_date)
    assert shop.service.changes == []

    shop.run("send", prepared)
    shop.run("send", up_to_date)
    assert shop.service.items["pulls"][0]["state"] == "closed"
    assert not shop.service.branch

    shop.service.reset()
    shop.run("send", prepared)
    shop.add_a_commit_of_a_person()
    shop.run("send", up_to_date)
    assert shop.service.items["pulls"][0]["state"] == "open"
    assert shop.service.branch


@pytest.mark.parametrize("status", [401, 500])
def test_a_service_that_fails_ends_the_job_with_a_line(
    status: int, shop: Shop, prepared: Path
) -> None:
    shop.service.statuses = {("GET", "pulls"): status}

    printed = shop.run("send", prepared, status=1)

    (line,) = printed.split("\n\n")[0].splitlines()
    assert line.startswith(
        f"No update is proposed. GET /repos/ada/shop/pulls: {status}"
    )


def test_on_gitlab_it_opens_a_merge_request_with_a_token(
    shop: Shop, prepared: Path, tmp_path: Path
) -> None:
    host = shop.project / "updates/bot/host.py"
    before = host.read_text()
    shutil.copy(ROOT / "template/updates/bot/host_gitlab.py", host)
    try:
        with serving("gitlab", tmp_path / "served", shop.project) as service:
            ours = Shop(shop.project, service, shop.programs)
            printed = ours.run("send", prepared, TEMPLATE_UPDATE_TOKEN="")
            assert "There is no variable TEMPLATE_UPDATE_TOKEN" in printed
            assert not service.calls

            ours.run("send", prepared)
            ours.run("send", prepared)
            ours.run("send", changed_proposal(prepared, tmp_path / "n", head=""))
    finally:
        host.write_text(before)

    (item,) = service.items["merge_requests"]
    assert item["source_branch"] == BRANCH
    assert item["target_branch"] == "main"
    assert "| `just check` | **failed** |" in item["description"]
    assert item["state"] == "closed"
    assert service.changes == [("POST", "merge_requests"), ("PUT", "merge_requests")]


LONG = """
from updates.bot.markdown import Update, body
from updates.checks import Check
from updates.database import Models
from updates.report import Entry, Report, Retired
text = "`" * 9 + "x\\n" * 200_000
report = Report("1", "2", tuple(Entry(str(n), text) for n in range(20)),
                tuple(Retired(f"a {n}'s", "b\\nc") for n in range(3000)))
update = Update(report, "main", "0" * 40, [Check("uv", False, text)],
                Models(("app/models.py",), True), {f"{n}": [text] for n in range(300)})
found = body(update, whole=True)
print(len(found.encode()), "## By hand" in found, "- `299`" in found, text in found)
"""


def test_a_text_that_is_too_long_keeps_its_names_and_commands(github: Shop) -> None:
    size, *kept = run(github.project, sys.executable, "-c", LONG).split()

    assert 1_000 < int(size) < 65_536
    assert kept == ["True", "True", "False"]


@at_night("minutes of real checks")
@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_it_proposes_a_release_with_real_checks_from_a_short_address(
    kind: str, template: Path, tmp_path: Path
) -> None:
    home = tmp_path / "git"
    home.write_text(
        f'[init]\n\tdefaultBranch = main\n[url "{template.as_uri()}"]\n'
        "\tinsteadOf = https://github.com/OWNER/copier-flask.git\n"
    )
    answers = {"preset": "minimal", "ci": kind}
    project = project_of(template, tmp_path / "shop", **answers)
    edit(project / ".copier-answers.yml", str(template), "gh:OWNER/copier-flask")
    edit(project / HEADERS, MINE, BEFORE)
    (project / "uv.lock").unlink()
    run(project, str(BIN / "uv"), "lock", "--quiet")
    commit_all(project, "from a short address")
    with serving(kind, tmp_path / "served", project) as service:
        programs = Programs(tmp_path / "programs")
        (programs.folder / "uv").unlink()
        Shop(project, service, programs).run(GIT_CONFIG_GLOBAL=str(home))

        body = service.body()
        assert "**failed**" not in body
        for check in ("uv sync", "just lint", "just types", "just test-all"):
            assert f"| `{check}` | passed |" in body
        assert "A model changed." in body
        assert "tzdata" in service.shown("uv.lock")
        assert service.changed() >= {"app/models.py", "app/core/farewell.py"}
