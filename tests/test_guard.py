"""Wrong answers end with one line, exit status 1, and no file written."""

from __future__ import annotations

import shutil
from pathlib import Path

import copier
import pytest
import yaml

from tests.support.facts.answers import asked
from tests.support.facts.answers import values
from tests.support.fast_copier import fewer_forks_and_compiles
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import said
from tests.support.rendering import start_repository

WRONG = {
    "an unknown name": ({"dokcer": "true"}, "dokcer is not a question"),
    "a hidden name": ({"wired": "[]"}, "wired is not a question"),
    "no boolean": ({"config_classes": "maybe"}, "config_classes must be yes or no"),
    "nothing for a boolean": ({"config_classes": None}, "must be yes or no"),
    "a wrong choice": ({"ci": "jenkins"}, "choose one of github, gitlab, none"),
    "a wrong preset": ({"preset": "huge"}, "choose one of website, api, full"),
    "a wrong Python": ({"python_version": "3.9"}, "choose one of 3.11, 3.12"),
    "an empty name": (
        {"project_name": ""},
        "project_name is not accepted: give a name",
    ),
    "a blank name": (
        {"project_name": "  \u00a0"},
        "project_name is not accepted: give a name",
    ),
    "101 characters": ({"project_name": "n" * 101}, "shorten it to 100"),
    "two lines": ({"project_name": "two\nlines"}, "write one line of visible text"),
    "a tab": ({"description": "a\tb"}, "write one line of visible text"),
    "a control character": (
        {"author_name": "a\x1b[31m"},
        "write one line of visible text",
    ),
    "turned letters": (
        {"project_name": "safe\u202etxt"},
        "write one line of visible text",
    ),
    "1001 characters": ({"description": "d" * 1001}, "shorten it to 1000"),
    "a list for a text": ({"project_name": ["a"]}, "must be text"),
    "a boolean for a text": ({"project_name": True}, "must be text"),
    "nothing for a text": ({"description": None}, "must be text"),
    "no address": ({"author_email": "ada at home"}, "write it like ada@example.com"),
    "an address with a name": (
        {"author_email": "A <a@b.de>"},
        "write it like ada@example.com",
    ),
    "a name in another script": (
        {"project_name": "日本"},
        "project_slug cannot be made",
    ),
    "a name of signs": ({"project_name": "!!!"}, "project_slug cannot be made"),
    "a package's name": ({"project_name": "Flask"}, "project_slug cannot be made"),
    "a package's slug": (
        {"project_slug": "werkzeug"},
        "project_slug is not accepted: add -app",
    ),
    "a slug with capitals": ({"project_slug": "My-App"}, "use a-z, 0-9 and -"),
    "a path for a slug": ({"project_slug": "../etc"}, "use a-z, 0-9 and -"),
    "a slug with two lines": ({"project_slug": "a\nb"}, "use a-z, 0-9 and -"),
    "an empty slug": ({"project_slug": ""}, "use a-z, 0-9 and -"),
    "a slug with a digit first": ({"project_slug": "1a"}, "begin with a letter, like"),
    "a slug with two hyphens": ({"project_slug": "a--b"}, "put single hyphens"),
    "a slug that ends with one": ({"project_slug": "a-"}, "put single hyphens"),
    "a slug of two hyphenated lines": ({"project_slug": "a-\n"}, "use a-z"),
    "51 characters": ({"project_slug": "s" * 51}, "shorten it to 50 characters"),
    "a cookie with a blank": ({"cookie_name": "a b"}, "use letters, digits, - and _"),
    "a cookie with a prefix": (
        {"cookie_name": "__Host-a"},
        "begin with a letter or digit",
    ),
    "a cookie of two lines": ({"cookie_name": "a\n"}, "use letters, digits, - and _"),
    "no list": ({"skip_mitigations": "csrf_cache"}, "write skip_mitigations=[idem"),
    "a number for a list": ({"skip_mitigations": 3}, "must be a list"),
    "nothing for a list": ({"skip_mitigations": None}, "must be a list"),
    "a mapping for a list": ({"skip_mitigations": {"a": 1}}, "must be a list"),
    "half a list": ({"skip_mitigations": "[csrf_cache"}, "must be a list"),
    "an unknown mitigation": (
        {"skip_mitigations": "[csrf_cache, dokcer]"},
        'skip_mitigations cannot hold "dokcer": choose from idempotent_teardown, ',
    ),
    "an unknown item": ({"skip_mitigations": ["csrf"]}, 'cannot hold "csrf"'),
    "a list in a list": ({"skip_mitigations": [["csrf_cache"]]}, "cannot hold"),
    "threads without their context": (
        {"tasks": "threads", "skip_mitigations": ["thread_context"]},
        "take that out of skip_mitigations, or choose tasks=none",
    ),
    "an unknown removal": ({"remove": "everything"}, "remove cannot be"),
}


@pytest.mark.parametrize(("answers", "sentence"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_answer_is_refused(
    answers: dict[str, object], sentence: str, template: Path, tmp_path: Path
) -> None:
    target = tmp_path / "project"
    with (
        pytest.raises(copier.errors.UserMessageError) as refused,
        fewer_forks_and_compiles(),
    ):
        copier.run_copy(str(template), target, data=answers, defaults=True, quiet=True)

    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not target.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data", "dokcer=true"], "dokcer is not a question"),
        (["--data", "config_classes=maybe"], "config_classes must be yes or no"),
        (["--data", "project_name=Flask"], "project_slug cannot be made"),
        (["--data-file", "answers.yml"], "ci cannot be"),
    ],
)
def test_the_command_says_so_in_one_line(
    arguments: list[str], sentence: str, template: Path, tmp_path: Path
) -> None:
    (tmp_path / "answers.yml").write_text("ci: [github]\n")
    done = attempt(
        tmp_path, str(BIN / "copier"), "copy", "--defaults", "--quiet", *arguments,
        str(template), "project",
    )  # fmt: skip

    assert done.returncode == 1
    assert sentence in done.stderr
    assert said(done).strip().count("\n") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["answers.yml"]


@pytest.mark.parametrize("spelling", ["yes", "Y", "on", "1", "true", True])
def test_booleans_have_several_spellings(spelling: object, render: Renderer) -> None:
    project = render(preset="minimal", config_classes=spelling)

    assert "class ProductionConfig" in (project / "config.py").read_text()


@pytest.fixture(scope="module")
def committed(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A committed project of the release v1.0.0 of a template with git."""
    if not (template / ".git").exists():
        start_repository(template, "release")
        git(template, "tag", "v1.0.0")

    project = Renderer(template, tmp_path_factory.mktemp("committed"))()
    start_repository(project, "start")
    return project


@pytest.fixture
def project(committed: Path, tmp_path: Path) -> Path:
    """A copy of it, for one test."""
    return Path(shutil.copytree(committed, tmp_path / "project"))


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"dokcer": "true"}, "dokcer is not a question"),
        ({"config_classes": "maybe"}, "config_classes must be yes or no"),
        ({"project_name": ""}, "project_name is not accepted: give a name"),
        ({"auth": "perhaps"}, "auth must be yes or no"),
        ({"auth": False}, " in app/accounts, "),
        ({"auth": False, "remove": "ci"}, "run again with --data remove=auth"),
        ({"ci": "none"}, "run again with --data remove=ci"),
        ({"ci": "gitlab"}, ".github/workflows/ci.yml"),
        ({"docker": False}, "would delete .dockerignore, Dockerfile, compose.yaml"),
        (
            {"maintained_tests": False},
            " in tests/maintained, ",
        ),
        ({"ci": "none", "remove": "sqlite"}, "remove cannot be"),
        (
            {"server": "granian"},
            "server=granian would delete app/core/async_check.py, gunicorn.conf.py, ",
        ),
        ({"server": "gunicorn-gevent"}, "would delete app/core/async_check.py, tests/"),
        ({"server": "granian", "remove": "ci"}, "run again with --data remove=server"),
        (
            {"skip_mitigations": ["csrf_cache"]},
            "skip_mitigations=[csrf_cache] would delete app/core/csrf.py, ",
        ),
        (
            {"skip_mitigations": "[csrf_cache, upload_limits]", "remove": "ci"},
            "run again with --data remove=skip_mitigations",
        ),
        ({"skip_mitigations": "csrf_cache"}, "must be a list"),
    ],
)
def test_an_update_refuses_wrong_answers_too(
    answers: dict[str, object], sentence: str, project: Path
) -> None:
    before = files(project)
    with pytest.raises(copier.errors.UserMessageError) as refused:
        update(project, **answers)

    assert sentence in str(refused.value)
    assert files(project) == before
    assert not git(project, "status", "--porcelain")


def test_an_unknown_name_in_the_answers_file_is_refused(project: Path) -> None:
    with (project / ".copier-answers.yml").open("a") as answers:
        answers.write("dokcer: true\n")
    commit_all(project, "a slip")

    with pytest.raises(copier.errors.UserMessageError, match="dokcer is not a"):
        update(project)


def test_a_piece_is_removed_with_consent(project: Path) -> None:
    update(project, ci="none", remove="ci")
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text())

    assert not (project / ".github").exists()
    assert recorded["ci"] == "none"
    assert "remove" not in recorded


def test_a_mitigation_is_removed_with_consent_and_can_be_added_again(
    project: Path,
) -> None:
    module = project / "app/core/csrf.py"

    answer(project, skip_mitigations="[csrf_cache]", remove="skip_mitigations")
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text())
    assert recorded["skip_mitigations"] == ["csrf_cache"]
    assert not module.exists()

    # A mitigation that is already left out needs no consent again.
    answer(project, project_name="Another Name")
    assert not module.exists()

    answer(project, skip_mitigations="[]")
    assert module.exists()


def test_a_switch_between_the_workers_of_gunicorn_needs_consent_and_keeps_its_file(
    project: Path,
) -> None:
    for server, word in (("gunicorn-gevent", "Worker"), ("gunicorn", '"gthread"')):
        answer(project, server=server, remove="server")
        conf = (project / "gunicorn.conf.py").read_text()
        assert f"worker_class = {word}" in conf


def test_switching_to_a_server_with_another_file_needs_consent(project: Path) -> None:
    answer(project, server="granian", remove="server")
    assert (project / "serve.py").exists()
    assert not (project / "gunicorn.conf.py").exists()

    with pytest.raises(copier.errors.UserMessageError, match=r"would delete serve\.py"):
        answer(project, server="gunicorn-gevent")

    answer(project, server="gunicorn-gevent", remove="server")
    assert not (project / "serve.py").exists()


def test_background_jobs_are_removed_with_consent(project: Path) -> None:
    answer(project, tasks="threads")
    assert (project / "app/core/background.py").exists()

    with pytest.raises(
        copier.errors.UserMessageError,
        match=r"tasks=none would delete app/core/background\.py.*--data remove=tasks",
    ):
        answer(project, tasks="none")

    answer(project, tasks="none", remove="tasks")
    assert not (project / "app/core/background.py").exists()
    assert "BACKGROUND" not in (project / "config.py").read_text()


def update(project: Path, **answers: object) -> None:
    with fewer_forks_and_compiles():
        copier.run_update(
            project, data=answers, defaults=True, quiet=True, overwrite=True
        )


def answer(project: Path, **answers: object) -> None:
    update(project, **answers)
    commit_all(project, "another answer")


def test_the_guard_knows_every_question() -> None:
    declared = yaml.safe_load((ROOT / "extensions/pieces.yml").read_text())["questions"]

    assert list(declared) == list(asked())
    for name, question in asked().items():
        kind = {"bool": "switch", "str": "text"}[question["type"]]
        if "choices" in question:
            kind = "list" if "multiselect" in question else "choice"
        assert declared[name]["type"] == kind, name
        # The values of the list come from the data file of the known issues.
        if kind == "choice":
            assert declared[name]["values"] == values(name, question)
