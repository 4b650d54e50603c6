"""Free text of every kind stays data in each file, also after an update."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import copier
import pytest
import yaml

from tests.support.fast_copier import fewer_forks_and_compiles
from tests.support.rendering import commit_all
from tests.support.rendering import copied_tree
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import start_repository

TEXTS = {
    "accents": "My Ünïque App! Łódź Straße",
    "double quotes": 'The "best" app',
    "single quotes": "Ada's 'own' app",
    "three of each": "'''a'''\"\"\"b\"\"\"",
    "typographic quotes": "“a” \u2018b\u2019 «c» `d`",
    "backslashes": r"C:\new\table \u0041 \\",
    "a backslash at the end": "ends with \\",
    "braces": "{a} {{ b }} {% c %} {# d #} }} %}",
    "an expression": "{{ 7*7 }}",
    "a raw block": "{% raw %}{{ 7*7 }}{% endraw %}",
    "undefined": "{{ undefined_name.attribute }}",
    "emoji": "Rocket 🚀 👩‍💻",
    "another script": "日本語 עברית العربية",
    "a path": "../../etc/passwd",
    "YAML": "a: b # c",
    "a YAML list": "- item",
    "a YAML tag": "!!python/object:os.system",
    "a YAML alias": "*name &anchor %directive @at `tick`",
    "YAML words": "null",
    "a number": "0x10",
    "a date": "2026-01-01",
    "TOML": 'a = "b" # [c]',
    "substitutions": "$(id) `id` ${HOME} $HOME %PATH% ; rm -rf / && echo | cat",
    "HTML": "</title><script>alert(1)</script>&amp;<b>",
    "Markdown": "# *a* _b_ [c](http://d) | e | ~f~",
    "a numbered list": "1. first",
    "percent": "%(name)s {0} %s",
    "spaces": "  around  ",
    "a no-break space": "a\u00a0b\u2009c",
    "a hundred characters": "n" * 100,
}


def record(project: Path) -> dict[str, object]:
    answers: dict[str, object] = yaml.safe_load(
        (project / ".copier-answers.yml").read_text()
    )
    return answers


def toml(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text())


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_every_file_has_the_free_text_unchanged(text: str, render: Renderer) -> None:
    plain = render(project_slug="an-app", author_name="x")
    project = render(
        project_name=text, description=text, author_name=text, project_slug="an-app"
    )

    declared = toml(project / "pyproject.toml")["project"]
    assert isinstance(declared, dict)
    assert declared["description"] == text
    assert declared["authors"] == [{"name": text}]
    assert toml(project / "app/site.toml") == {
        "name": text,
        "description": text,
        "cookie_name": "an-app",
    }

    answers = record(project)
    assert answers["project_name"] == answers["author_name"] == text
    assert f"Copyright (c) {text}\n" in (project / "LICENSE").read_text()

    icon = ET.parse(project / "app/static/icon.svg")  # noqa: S314  # our own
    assert "".join(icon.getroot().itertext()).strip() == text.strip()[0].upper()

    # No other file contains any of the three texts.
    before, after = files(plain), files(project)
    differ = {name for name in before if before[name] != after[name]}
    assert differ - {"app/static/icon.svg"} == {
        ".copier-answers.yml",
        "LICENSE",
        "README.md",
        "app/site.toml",
        "pyproject.toml",
    }


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("# *a* [b](c)", r"# \# \*a\* \[b\](c)"),
        ("<script>", r"# \<script\>"),
        ("1. first", r"# 1\. first"),
        ("- item", r"# \- item"),
    ],
)
def test_the_readme_escapes_free_text(
    text: str, heading: str, render: Renderer
) -> None:
    project = render(project_name=text, project_slug="an-app")

    assert (project / "README.md").read_text().startswith(f"{heading}\n")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My Flask App", "my-flask-app"),
        ("My Ünïque App!", "my-unique-app"),
        ("Łódź Straße", "lodz-strasse"),
        ("Ada's app", "adas-app"),
        ("e\u0301te\u0301", "ete"),
        ("123 go", "app-123-go"),
        ("--a__b..c--", "a-b-c"),
        ("n" * 100, "n" * 50),
        ("a" * 49 + " b", "a" * 49),
        ("🚀 Rocket", "rocket"),
        ("App", "app-x"),
    ],
)
def test_the_slug_comes_from_the_name(name: str, slug: str, render: Renderer) -> None:
    given = {"project_slug": slug} if slug == "app-x" else {}
    project = render(project_name=name, **given)

    assert record(project)["project_slug"] == slug


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository of the template with two releases."""
    repository = copied_tree(ROOT, tmp_path_factory.mktemp("releases") / "template")
    start_repository(repository, "first")
    git(repository, "tag", "v1.0.0")
    robots = repository / "template/app/static/robots.txt"
    robots.write_text(robots.read_text() + "# A later release.\n")
    commit_all(repository, "second")
    git(repository, "tag", "v1.1.0")
    return repository


THREE_AT_A_TIME = [list(TEXTS.values())[start::10] for start in range(10)]


@pytest.mark.parametrize(("name", "description", "author"), THREE_AT_A_TIME)
def test_an_update_keeps_every_text(
    name: str, description: str, author: str, releases: Path, tmp_path: Path
) -> None:
    answers = {
        "project_name": name,
        "description": description,
        "author_name": author,
        "project_slug": "an-app",
    }
    project = tmp_path / "project"
    common: dict[str, Any] = {"defaults": True, "quiet": True, "overwrite": True}
    with fewer_forks_and_compiles():
        copier.run_copy(
            str(releases), project, data=answers, vcs_ref="v1.0.0", **common
        )
        start_repository(project, "start")
        before, recorded = files(project), record(project)

        copier.run_update(project, **common)

    after = files(project)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed == {".copier-answers.yml", "app/static/robots.txt"}
    assert record(project) == {**recorded, "_commit": "v1.1.0"}
