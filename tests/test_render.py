"""Rendering is reproducible, and has what each answer asks for.

tests/static checks the rendered files of every combination.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import copier
import pytest
import yaml

from tests.support.rendering import files
from tests.support.rendering import PRESETS
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT


def test_the_same_answers_give_the_same_bytes(render: Renderer) -> None:
    assert files(render()) == files(render())


def test_fast_rendering_equals_copiers_own(
    render: Renderer, template: Path, tmp_path: Path
) -> None:
    copier.run_copy(str(template), tmp_path / "stock", defaults=True, quiet=True)

    assert files(render()) == files(tmp_path / "stock")


def test_custom_starts_from_the_answers_of_website(render: Renderer) -> None:
    # Except for the image, which needs two more files.
    website = files(render(preset="website"))
    custom = files(render(preset="custom", docker=True))
    assert website.pop(".copier-answers.yml") != custom.pop(".copier-answers.yml")

    assert website == custom


PIECES = ("auth", "api", "config_classes", "docker", "ci", "maintained_tests")
TABLE = {
    "website": (True, False, True, True, "github", True),
    "api": (True, True, True, True, "github", True),
    "full": (True, True, True, True, "github", True),
    "minimal": (False, False, False, False, "none", False),
    "custom": (True, False, True, False, "github", True),
}
assert tuple(TABLE) == PRESETS


@pytest.mark.parametrize(("preset", "expected"), TABLE.items(), ids=list(TABLE))
def test_a_preset_has_the_answers_of_the_table(
    preset: str, expected: tuple[object, ...], render: Renderer
) -> None:
    text = (render(preset=preset) / ".copier-answers.yml").read_text()
    answers = yaml.safe_load(text)

    assert tuple(answers[piece] for piece in PIECES) == expected


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("preset", PRESETS)
def test_an_explicit_answer_wins_over_the_preset(
    preset: str, answer: bool, render: Renderer
) -> None:
    project = render(preset=preset, config_classes=answer)

    assert ("class ProductionConfig" in (project / "config.py").read_text()) is answer


@pytest.mark.parametrize("preset", PRESETS)
def test_every_answer_is_recorded_and_nothing_else(
    preset: str, render: Renderer
) -> None:
    questions = yaml.safe_load((ROOT / "copier.yml").read_text())
    asked = {
        name
        for name, question in questions.items()
        if name[0] != "_" and "when" not in question
    }

    recorded = yaml.safe_load(
        (render(preset=preset) / ".copier-answers.yml").read_text()
    )

    assert {name for name in recorded if name[0] != "_"} == asked
    assert {name for name in recorded if name[0] == "_"} <= {"_commit", "_src_path"}


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_workflows_keep_their_github_expressions(
    database: str, render: Renderer
) -> None:
    project = render(ci="github", database=database)
    workflows = sorted((project / ".github/workflows").glob("*.yml"))

    names = {"ci", database, "template-update"} - {"sqlite"}
    assert {path.stem for path in workflows} == names
    assert all("${{ github.workflow }}" in path.read_text() for path in workflows)


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_the_pipeline_of_gitlab_tests_on_the_database(
    database: str, render: Renderer
) -> None:
    pipeline = (render(ci="gitlab", database=database) / ".gitlab-ci.yml").read_text()

    assert ("TEST_DATABASE_URL" in pipeline) is (database != "sqlite")


OF_ACCOUNTS = {
    "HASH_METHOD",
    "PERMANENT_SESSION_LIFETIME",
    "REMEMBER_COOKIE_DURATION",
    "REMEMBER_COOKIE_SAMESITE",
    "REMEMBER_COOKIE_SECURE",
    "SESSION_PROTECTION",
    "SINGLE_SESSION",
}
OF_TASKS = {"BACKGROUND_QUEUE", "BACKGROUND_THREADS"}


@pytest.mark.parametrize("tasks", ["none", "threads"])
@pytest.mark.parametrize("auth", [True, False])
@pytest.mark.parametrize("config_classes", [True, False])
def test_both_shapes_of_the_configuration_have_the_same_settings(
    config_classes: bool, auth: bool, tasks: str, render: Renderer
) -> None:
    project = render(config_classes=config_classes, auth=auth, tasks=tasks)
    config = (project / "config.py").read_text()
    names = {
        name
        for node in ast.walk(ast.parse(config))
        for name in [getattr(node, "id", None) or getattr(node, "attr", None)]
        if name and name.isupper() and name not in {"SITE", "CONFIGS", "OWN_SETTINGS"}
    }

    of_pieces = (OF_ACCOUNTS if auth else set()) | (
        OF_TASKS if tasks == "threads" else set()
    )
    assert names >= of_pieces
    assert names - of_pieces == {
        "APP_CONFIG",
        "CONTENT_SECURITY_POLICY",
        "DATABASE_PASSWORD",
        "DEBUG",
        "HSTS_SECONDS",
        "LOG_JSON",
        "LOG_LEVEL",
        "MAX_CONTENT_LENGTH",
        "MAX_FORM_MEMORY_SIZE",
        "MAX_FORM_PARTS",
        "PROXY_HOPS",
        "REDIS_URL",
        "SECRET_KEY",
        "SESSION_COOKIE_SAMESITE",
        "SESSION_COOKIE_SECURE",
        "SITE_DESCRIPTION",
        "SITE_NAME",
        "SQLALCHEMY_DATABASE_URI",
        "TESTING",
        "TRUSTED_HOSTS",
        "WEB_THREADS",
        "WTF_CSRF_ENABLED",
        "WTF_CSRF_TIME_LIMIT",
    }


@pytest.mark.parametrize(
    ("license_", "words"),
    [
        ("MIT", "MIT License"),
        ("Apache-2.0", "Apache License"),
        ("BSD-3-Clause", "BSD 3-Clause License"),
        ("GPL-3.0-or-later", "GNU GENERAL PUBLIC LICENSE"),
        ("Proprietary", "All rights reserved"),
    ],
)
@pytest.mark.parametrize("author", ["", "Ada Lovelace"])
def test_each_licence_has_its_text_without_a_year(
    license_: str, words: str, author: str, render: Renderer
) -> None:
    project = render(license=license_, author_name=author, project_name="Engine")
    text = (project / "LICENSE").read_text()
    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]

    assert words in text
    assert "2026" not in text
    assert declared["license"] == license_.replace("Prop", "LicenseRef-Prop")
    if license_ in {"MIT", "BSD-3-Clause", "Proprietary"}:
        assert f"Copyright (c) {author or 'the authors of Engine'}" in text


@pytest.mark.parametrize(
    ("name", "email", "expected"),
    [
        ("", "", None),
        ("Ada", "", [{"name": "Ada"}]),
        ("", "ada@example.com", [{"email": "ada@example.com"}]),
        ("Ada", "ada@example.com", [{"name": "Ada", "email": "ada@example.com"}]),
    ],
)
def test_authors_are_declared_with_what_is_known_of_them(
    name: str, email: str, expected: object, render: Renderer
) -> None:
    project = render(author_name=name, author_email=email)
    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]

    assert declared.get("authors") == expected
    assert (email or "the maintainers") in (project / "SECURITY.md").read_text()
