"""The real `copier` command as users type it, without --trust."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import copier
import pexpect
import pytest
import yaml
from packaging.version import Version

from tests.support.facts.answers import Answers
from tests.support.facts.answers import asked
from tests.support.facts.answers import QUESTIONS
from tests.support.facts.answers import values
from tests.support.facts.known_issues import MITIGATIONS
from tests.support.rendering import attempt
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import released
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.rendering import start_repository
from tests.support.terminal import CLEAR
from tests.support.terminal import COPIER
from tests.support.terminal import DOWN
from tests.support.terminal import ended
from tests.support.terminal import interview
from tests.support.terminal import pressed_enter
from tests.support.terminal import READY


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as a git repository with a release."""
    return released(tmp_path_factory.mktemp("published") / "template", "v0.1.0")


def without_source(project: Path) -> dict[str, bytes]:
    content = files(project)
    answers = yaml.safe_load(content.pop(".copier-answers.yml"))
    recorded = {name: value for name, value in answers.items() if name[0] != "_"}
    return {**content, "answers": repr(recorded).encode()}


def test_a_plain_folder_renders(
    template: Path, render: Renderer, tmp_path: Path
) -> None:
    run(tmp_path, COPIER, "copy", "--defaults", str(template), "my-app")

    assert without_source(tmp_path / "my-app") == without_source(render())


def test_a_path_with_a_space_and_an_umlaut_works(
    published: Path, tmp_path: Path
) -> None:
    project = tmp_path / "Meine schöne App"
    run(tmp_path, COPIER, "copy", "--defaults", str(published), project.name)
    start_repository(project, "start")

    run(project, COPIER, "update", "--defaults")

    assert git(project, "status", "--porcelain") == ""


def test_a_path_that_looks_like_a_pattern_works(
    published: Path, tmp_path: Path
) -> None:
    project = tmp_path / "my [a-z] app*"
    run(tmp_path, COPIER, "copy", "--defaults", str(published), project.name)
    start_repository(project, "start")

    arguments = ("--defaults", "--data", "ci=none", project.name)
    refused = attempt(tmp_path, COPIER, "update", *arguments)

    assert refused.returncode == 1
    page = (ROOT / "docs/questions.md").read_text()
    (line,) = re.findall(r"(?m)^ci=none would delete .*$", page)
    assert line in refused.stderr
    assert git(project, "status", "--porcelain") == ""


def test_the_message_names_the_next_commands(template: Path, tmp_path: Path) -> None:
    project = tmp_path / "it's mine"
    done = pexpect.run(
        f'{COPIER} copy --defaults {template} "{project}"', encoding="utf-8", timeout=60
    )

    for command in ("uv sync", "git init ", "git add --all && git commit", "flask run"):
        assert command in done
    assert "it'\"'\"'s mine" in done


@pytest.mark.parametrize("place", ["the message", "docs/start.md"])
def test_the_first_commit_is_on_the_branch_of_the_workflows(
    place: str, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "git-settings"
    settings.write_text("[init]\n\tdefaultBranch = master\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    command = f"{COPIER} copy --defaults {template} {tmp_path}/my-app"
    printed = str(pexpect.run(command, encoding="utf-8", timeout=60))
    if place == "docs/start.md":
        printed = (ROOT / place).read_text()

    lines = re.findall(r"(?m)^  (git (?:init|add)\b.*?)\r?$", printed)
    run(tmp_path / "my-app", "sh", "-ec", "\n".join(lines))

    branch = git(tmp_path / "my-app", "branch", "--show-current").strip()
    workflows = (tmp_path / "my-app/.github/workflows").glob("*.yml")
    # A workflow that only has a timetable names no branch.
    listed = [
        names
        for workflow in workflows
        for names in re.findall(r"(?m)^    branches: \[(.+)\]$", workflow.read_text())
    ]
    assert len(lines) == 2
    assert git(tmp_path / "my-app", "log", "--oneline").count("\n") == 1
    assert listed
    assert all(branch in names.split(", ") for names in listed)
    assert workflows


@pytest.mark.parametrize("preset", ["website", "minimal", "custom"])
def test_pressing_enter_gives_the_defaults(
    preset: str, template: Path, tmp_path: Path
) -> None:
    (tmp_path / "asked").mkdir()
    child = interview(template, tmp_path / "asked", "--data", f"preset={preset}")
    assert pressed_enter(child) >= 4

    run(
        tmp_path, COPIER, "copy", "--defaults", "--data", f"preset={preset}",
        str(template), "my-app",
    )  # fmt: skip

    assert files(tmp_path / "asked/my-app") == files(tmp_path / "my-app")


def test_lists_are_navigated_by_arrow_keys_and_names_are_typed(
    template: Path, tmp_path: Path
) -> None:
    child = interview(template, tmp_path, "--data", "author_name=Ada")
    child.expect("What is the name of the project")
    child.send("\x15日本\r")
    child.expect("What is the description")
    child.send("Counts.\r")
    child.expect("Which preset")
    child.send(3 * "\x1b[B" + "\r")
    child.expect("Which database")
    child.send("\r")
    # A name in a non-Latin script gives no slug, so Copier asks, and refuses a bad one.
    child.expect("What is the package name")
    child.send("Nihon App\r")
    child.expect("use a-z, 0-9 and -")
    child.send("\x15nihon-app\r")
    child.expect("The project is ready")
    child.expect(pexpect.EOF)

    answers = yaml.safe_load((tmp_path / "my-app/.copier-answers.yml").read_text())
    assert answers["project_name"] == "日本"
    assert answers["project_slug"] == "nihon-app"
    assert answers["preset"] == "minimal"
    assert answers["description"] == "Counts."


def test_ctrl_c_leaves_no_files(template: Path, tmp_path: Path) -> None:
    child = interview(template, tmp_path)
    child.expect("What is the name of the project")
    child.send("Engine\r")
    child.expect("What is the description")
    child.send("\x03")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus != 0
    assert list(tmp_path.iterdir()) == []


def test_an_older_copier_is_refused_with_its_version(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("copier._template.copier_version", lambda: Version("9.18.2"))

    with pytest.raises(copier.errors.UnsupportedVersionError, match=r"9\.19\.0"):
        copier.run_copy(str(template), tmp_path / "my-app", defaults=True)

    assert list(tmp_path.iterdir()) == []


def test_another_preset_on_an_update_only_changes_the_record(
    published: Path, tmp_path: Path
) -> None:
    project = tmp_path / "my-app"
    run(tmp_path, COPIER, "copy", "--defaults", str(published), project.name)
    start_repository(project, "start")

    done = attempt(project, COPIER, "update", "--defaults", "--data", "preset=minimal")

    assert done.returncode == 0
    assert "preset only sets the first answers" in done.stderr
    assert "This project was at v0.1.0 already" in done.stderr
    assert git(project, "diff", "--unified=0").splitlines()[-2:] == [
        "-preset: website",
        "+preset: minimal",
    ]


def test_a_mitigation_can_be_left_out_in_the_list(
    template: Path, tmp_path: Path
) -> None:
    given = {
        name: some[0] for name, some in QUESTIONS.items() if name != "skip_mitigations"
    } | {"preset": "custom"}
    arguments = [f"--data={name}={value}" for name, value in given.items()]
    child = interview(template, tmp_path, *arguments)

    child.expect("Which mitigations")
    child.send("\x1b[B \r")  # one down, select with the space bar
    child.expect("The project is ready")

    answers = (tmp_path / "my-app/.copier-answers.yml").read_text()
    assert "skip_mitigations:\n- gevent_async\n" in answers


def other_answers(defaults: Answers) -> Answers:
    """Return an answer for each question that differs from its default."""
    other: Answers = {}
    for name, question in asked().items():
        offered = values(name, question)
        if question.get("multiselect"):
            other[name] = [MITIGATIONS[1], MITIGATIONS[-1]]
        elif question["type"] == "bool":
            other[name] = not defaults[name]
        elif "choices" in question:
            other[name] = offered[offered.index(defaults[name]) - 1]
        else:
            other[name] = offered[-1]
    return {**other, "preset": "custom"}


def keys(name: str, question: dict[str, Any], default: Any, answer: Any) -> str:
    """Return the keys that lead from the default to an answer."""
    if question["type"] == "bool":
        return "y" if answer else "n"
    if question.get("multiselect"):
        marks = (" " if mitigation in answer else "" for mitigation in MITIGATIONS)
        return DOWN.join(marks) + "\r"
    if "choices" in question:
        offered = values(name, question)
        steps = offered.index(answer) - offered.index(default)
        return steps % len(offered) * DOWN + "\r"
    return f"{CLEAR}{answer}\r"


def test_all_questions_answered_by_hand_equal_a_data_file(
    template: Path, render: Renderer, tmp_path: Path
) -> None:
    made = render(preset="custom")
    defaults = yaml.safe_load((made / ".copier-answers.yml").read_text())
    # The default of this one depends on the answer before it.
    other_ci = render(preset="custom", ci=other_answers(defaults)["ci"])
    recorded = yaml.safe_load((other_ci / ".copier-answers.yml").read_text())
    defaults["update_bot"] = recorded["update_bot"]
    answers = other_answers(defaults)
    (tmp_path / "asked").mkdir()
    child = interview(template, tmp_path / "asked")
    for name, question in asked().items():
        child.expect_exact(question["help"][:40])
        start = question["default"] if name == "preset" else defaults[name]
        child.send(keys(name, question, start, answers[name]))
    child.expect(READY)
    assert ended(child) == 0

    (tmp_path / "answers.yml").write_text(yaml.safe_dump(answers))
    run(
        tmp_path, COPIER, "copy", "--defaults", "--data-file", "answers.yml",
        str(template), "my-app",
    )  # fmt: skip

    recorded = yaml.safe_load((tmp_path / "my-app/.copier-answers.yml").read_text())
    assert all(recorded[name] != defaults[name] for name in answers if name != "preset")
    assert files(tmp_path / "asked/my-app") == files(tmp_path / "my-app")
