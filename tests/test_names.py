"""The texts of the questions, and the names of the template's files.

tests/static/names_used.py checks that every name in an expression is known.
"""

from __future__ import annotations

from typing import Any

import jinja2
import jinja2_ansible_filters
import pytest
import yaml

from tests.support.rendering import git
from tests.support.rendering import ROOT

environment = jinja2.Environment(
    extensions=[jinja2_ansible_filters.AnsibleCoreFiltersExtension], autoescape=True
)
config = yaml.safe_load((ROOT / "copier.yml").read_text())
questions = {name: part for name, part in config.items() if name[0] != "_"}
recorded = {name for name, part in questions.items() if "when" not in part}
bodies = sorted((ROOT / "template").rglob("*.jinja"))
macros = sorted((ROOT / "extensions").glob("*.jinja"))


@pytest.mark.parametrize("question", [name for name in questions if name in recorded])
def test_a_question_has_a_help_text_and_a_default(question: str) -> None:
    part: dict[str, Any] = questions[question]

    assert part["type"] in {"str", "bool"}
    assert part["help"].endswith((".", "?"))
    assert "default" in part
    if part["type"] == "str" and "choices" not in part:
        assert "validator" in part


def test_copier_yml_is_readable_to_its_last_line() -> None:
    for line in (ROOT / "copier.yml").read_text().splitlines():
        assert len(line) <= 120
        assert not line.lstrip().startswith(",")


def test_the_template_asks_for_no_trust() -> None:
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & set(config)
    assert config["_min_copier_version"] == "9.19.0"
    assert config["_envops"]["undefined"] == "jinja2.StrictUndefined"


def test_rendering_uses_no_clock_no_random_value_and_no_machine_state() -> None:
    outside = {
        "ans_random", "b64decode", "expanduser", "expandvars", "now", "random",
        "realpath", "shuffle", "strftime", "to_datetime", "uuid",
    }  # fmt: skip
    # A message is printed, not rendered into a file, so it may depend on the command.
    allowed = {"messages.jinja": {"expandvars"}}
    for path in [*bodies, *macros, ROOT / "copier.yml"]:
        filters = environment.parse(path.read_text()).find_all(jinja2.nodes.Filter)
        used = {node.name for node in filters}
        assert not used & outside - allowed.get(path.name, set()), path


def test_paths_contain_no_special_characters() -> None:
    for path in (ROOT / "template").rglob("*"):
        name = path.relative_to(ROOT / "template").as_posix()
        assert not set(name) & set('{}"|<>:*?\\'), "Windows could not check it out"
        assert len(name) < 100
        assert name.isascii()
        assert not path.is_symlink()


def test_files_of_the_template_that_git_reads_do_not_affect_the_repository() -> None:
    names = {path.name for path in (ROOT / "template").rglob("*")}
    assert not names & {".gitmodules", ".copier-answers.yml"}

    # The project's .gitignore and .gitattributes also apply in this repository.
    assert git(ROOT, "ls-files", "--cached", "--ignored", "--exclude-standard") == ""
