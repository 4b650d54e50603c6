"""Every name that a template uses exists, and stands above the place that uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import jinja2_ansible_filters
import pytest
import yaml
from jinja2 import meta

from rendering import git
from rendering import ROOT

COPIER = {
    "_copier_conf",
    "_copier_answers",
    "_copier_operation",
    "_external_data",
    "UNSET",
}

# name_guard stops before project_slug is asked; an answer from outside is known there.
AHEAD = {("name_guard", "when"): {"project_slug"}}

environment = jinja2.Environment(
    extensions=[jinja2_ansible_filters.AnsibleCoreFiltersExtension], autoescape=True
)
config = yaml.safe_load((ROOT / "copier.yml").read_text())
questions = {name: part for name, part in config.items() if name[0] != "_"}
recorded = {name for name, part in questions.items() if "when" not in part}
bodies = sorted((ROOT / "template").rglob("*.jinja"))
macros = sorted((ROOT / "extensions").glob("*.jinja"))
TEMPLATED = ("ask", "default", "help", "placeholder", "validator", "when")


RETIRED = {"/.editorconfig", "/docs/common-errors.md"}


def undeclared(source: str) -> set[str]:
    return meta.find_undeclared_variables(environment.parse(source))


@pytest.mark.parametrize("path", bodies, ids=lambda path: path.name)
def test_bodies_use_questions_and_copiers_names_alone(path: Path) -> None:
    assert undeclared(path.read_text()) <= {*questions, *COPIER}


@pytest.mark.parametrize("path", macros, ids=lambda path: path.name)
def test_macros_use_nothing_but_their_arguments(path: Path) -> None:
    assert not undeclared(path.read_text())


@pytest.mark.parametrize("path", [*bodies, *macros], ids=lambda path: path.name)
def test_imports_name_files_that_exist(path: Path) -> None:
    for name in meta.find_referenced_templates(environment.parse(path.read_text())):
        # None is an include that depends on an answer; rendering tries each of them.
        assert name is None or (ROOT / name).exists()


@pytest.mark.parametrize("question", questions)
def test_an_expression_uses_only_questions_above_it(question: str) -> None:
    names = list(questions)
    for key in TEMPLATED:
        source = questions[question].get(key)
        if isinstance(source, str):
            above = {*names[: names.index(question)], *AHEAD.get((question, key), ())}
            # A validator sees the answer that it judges.
            above |= {question} if key == "validator" else set()
            assert undeclared(source) <= above | COPIER, key


def test_messages_use_questions_and_copiers_names_alone() -> None:
    messages = {name: text for name, text in config.items() if "_message_" in name}

    assert len(messages) == 3
    for text in messages.values():
        assert undeclared(text) <= {*questions, *COPIER}


def test_exclusions_use_recorded_answers_alone() -> None:
    # On an update Copier renders them with the answers of the old release.
    for entry in config["_exclude"]:
        assert undeclared(entry) <= {*recorded, "_copier_operation"}
        assert "import" not in entry


def test_exclusions_name_paths_that_exist() -> None:
    everything = {
        path.relative_to(ROOT / "template").as_posix().removesuffix(".jinja")
        for path in (ROOT / "template").rglob("*")
    }
    blocks = [entry for entry in config["_exclude"] if "{%" in entry or "/" in entry]
    paths = [line for entry in blocks for line in entry.split("\n") if line[:1] == "/"]

    assert len(paths) >= 6
    for path in paths:
        # A retired path is gone from here, and stays in projects.
        assert path[1:] in everything or path in RETIRED
        assert not path.endswith("/"), "Copier would leave an empty folder"


@pytest.mark.parametrize("question", [name for name in questions if name in recorded])
def test_a_question_says_why_and_has_a_default(question: str) -> None:
    part: dict[str, Any] = questions[question]

    assert part["type"] in {"str", "bool"}
    assert part["help"].endswith((".", "?"))
    assert "default" in part
    if part["type"] == "str" and "choices" not in part:
        assert "validator" in part


def test_the_questions_are_those_of_the_release_in_their_order() -> None:
    assert [name for name in questions if name in recorded] == [
        "project_name",
        "description",
        "author_name",
        "preset",
        "database",
        "project_slug",
        "author_email",
        "license",
        "python_version",
        "auth",
        "api",
        "config_classes",
        "server",
        "tasks",
        "docker",
        "ci",
        "skip_mitigations",
    ]


def test_the_template_asks_for_no_trust() -> None:
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & set(config)
    assert config["_min_copier_version"] == "9.19.0"
    assert config["_envops"]["undefined"] == "jinja2.StrictUndefined"


def test_rendering_reaches_for_no_clock_no_chance_and_no_machine() -> None:
    outside = {
        "ans_random", "b64decode", "expanduser", "expandvars", "now", "random",
        "realpath", "shuffle", "strftime", "to_datetime", "uuid",
    }  # fmt: skip
    sources = [path.read_text() for path in [*bodies, *macros]]
    sources.append((ROOT / "copier.yml").read_text())
    for source in sources:
        used = {
            node.name
            for node in environment.parse(source).find_all(jinja2.nodes.Filter)
        }
        assert not used & outside


def test_paths_are_plain() -> None:
    for path in (ROOT / "template").rglob("*"):
        name = path.relative_to(ROOT / "template").as_posix()
        assert not set(name) & set('{}"|<>:*?\\'), "Windows could not check it out"
        assert len(name) < 100
        assert name.isascii()
        assert not path.is_symlink()


def test_what_git_reads_of_the_template_does_no_harm_in_its_repository() -> None:
    names = {path.name for path in (ROOT / "template").rglob("*")}
    assert not names & {".gitmodules", ".copier-answers.yml"}

    # The project's .gitignore and .gitattributes hold here, too.
    assert git(ROOT, "ls-files", "--cached", "--ignored", "--exclude-standard") == ""
