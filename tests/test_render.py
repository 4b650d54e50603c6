"""What is rendered: the same bytes each time, well formed, and no trace of Jinja."""

from __future__ import annotations

import ast
import json
import tomllib
from pathlib import Path

import copier
import jinja2
import pytest
import yaml

from rendering import BIN
from rendering import files
from rendering import PRESETS
from rendering import Renderer
from rendering import ROOT
from rendering import run

ANSWERS: list[dict[str, object]] = [
    *(
        {"ci": ci, "config_classes": config_classes}
        for ci in ("github", "gitlab", "none")
        for config_classes in (True, False)
    ),
    # The linter asks for another spelling of some lines on each.
    *(
        {"python_version": version, "auth": True, "api": True}
        for version in ("3.12", "3.13", "3.14")
    ),
    *({"database": database} for database in ("postgresql", "mysql")),
    *({"server": server} for server in ("gunicorn-gevent", "granian")),
    *(
        {"tasks": "threads", "config_classes": config_classes}
        for config_classes in (True, False)
    ),
    *(
        {"auth": auth, "api": api, "config_classes": config_classes}
        for auth in (True, False)
        for api in (True, False)
        for config_classes in (True, False)
    ),
]


def written_as(answers: dict[str, object]) -> str:
    return ",".join(f"{name}={value}" for name, value in answers.items())


@pytest.fixture(params=ANSWERS, ids=written_as)
def project(request: pytest.FixtureRequest, render: Renderer) -> Path:
    return render(**request.param)


def test_the_same_answers_give_the_same_bytes(render: Renderer) -> None:
    assert files(render()) == files(render())


def test_fast_rendering_equals_copiers_own(
    render: Renderer, template: Path, tmp_path: Path
) -> None:
    copier.run_copy(str(template), tmp_path / "stock", defaults=True, quiet=True)

    assert files(render()) == files(tmp_path / "stock")


def test_custom_starts_from_the_answers_of_website(render: Renderer) -> None:
    # But for the image, which takes two files more to read.
    website = files(render(preset="website"))
    custom = files(render(preset="custom", docker=True))
    assert website.pop(".copier-answers.yml") != custom.pop(".copier-answers.yml")

    assert website == custom


PIECES = ("auth", "api", "config_classes", "docker", "ci")
TABLE = {
    "website": (True, False, True, True, "github"),
    "api": (True, True, True, True, "github"),
    "full": (True, True, True, True, "github"),
    "minimal": (False, False, False, False, "none"),
    "custom": (True, False, True, False, "github"),
}
assert tuple(TABLE) == PRESETS


@pytest.mark.parametrize(("preset", "expected"), TABLE.items(), ids=list(TABLE))
def test_a_preset_answers_as_the_table_says(
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
        if not name.startswith("_") and question.get("when") is not False
    } - {"given_guard", "name_guard", "pair_guard"}

    recorded = yaml.safe_load(
        (render(preset=preset) / ".copier-answers.yml").read_text()
    )

    assert {name for name in recorded if name[0] != "_"} == asked
    assert {name for name in recorded if name[0] == "_"} <= {"_commit", "_src_path"}


def test_files_parse_as_what_they_are(project: Path) -> None:
    pages = jinja2.Environment(autoescape=True)
    parsers = {
        ".py": ast.parse,
        ".toml": tomllib.loads,
        ".json": json.loads,
        ".yml": yaml.safe_load,
        ".yaml": yaml.safe_load,
        ".html": pages.parse,
    }
    parsed = 0
    for name, content in files(project).items():
        if parse := parsers.get(Path(name).suffix):
            parse(content.decode())
            parsed += 1

    assert parsed > 25


def test_text_files_end_with_one_newline_and_no_blanks(project: Path) -> None:
    for name, content in files(project).items():
        if name.endswith(".ico"):
            continue
        text = content.decode()
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert "\r" not in text, name
        assert not [line for line in text.split("\n") if line != line.rstrip()], name


def test_no_jinja_of_the_template_is_left(project: Path) -> None:
    suffixed = {
        path.relative_to(ROOT / "template").as_posix().removesuffix(".jinja")
        for path in (ROOT / "template").rglob("*.jinja")
    }
    rendered = files(project)

    assert len(suffixed & set(rendered)) >= 9
    for name in suffixed & set(rendered):
        for mark in (b"{{", b"{%", b"{#", b"}}", b"%}"):
            assert mark not in rendered[name], name


def test_plain_files_arrive_as_they_are(project: Path) -> None:
    for name, content in files(project).items():
        plain = ROOT / "template" / name
        if plain.exists():
            assert content == plain.read_bytes(), name


def test_no_folder_is_empty(project: Path) -> None:
    assert not [p for p in project.rglob("*") if p.is_dir() and not list(p.iterdir())]


def test_lint_and_format_find_nothing(project: Path) -> None:
    run(project, str(BIN / "ruff"), "check", "--no-cache", ".")
    run(project, str(BIN / "ruff"), "format", "--no-cache", "--check", ".")


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_the_workflows_are_sound_and_safe(database: str, render: Renderer) -> None:
    project = render(ci="github", database=database)
    workflows = sorted((project / ".github/workflows").glob("*.yml"))

    assert {path.stem for path in workflows} == {"ci", database} - {"sqlite"}
    for path in workflows:
        assert "${{ github.ref }}" in path.read_text()
        fits(project, "vendor.github-workflows", path)
    fits(project, "vendor.dependabot", project / ".github/dependabot.yml")
    run(project, str(BIN / "zizmor"), "--offline", "--no-progress", ".github")


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_the_pipeline_of_gitlab_is_sound(database: str, render: Renderer) -> None:
    project = render(ci="gitlab", database=database)
    pipeline = (project / ".gitlab-ci.yml").read_text()

    fits(project, "vendor.gitlab-ci", project / ".gitlab-ci.yml")
    fits(project, "vendor.renovate", project / "renovate.json")
    assert ("TEST_DATABASE_URL" in pipeline) is (database != "sqlite")


def fits(project: Path, schema: str, path: Path) -> None:
    run(project, str(BIN / "check-jsonschema"), "--builtin-schema", schema, str(path))


@pytest.mark.parametrize(
    ("answers", "there", "absent"),
    [
        ({"ci": "github"}, [".github", ".pre-commit-config.yaml"], [".gitlab-ci.yml"]),
        ({"ci": "gitlab"}, [".gitlab-ci.yml", "renovate.json"], [".github"]),
        ({"ci": "none"}, ["justfile"], [".github", "renovate.json", ".gitlab-ci.yml"]),
        ({"ci": "none"}, ["justfile"], [".pre-commit-config.yaml"]),
        ({}, ["config.py"], ["config_classes.py", "config_environment.py"]),
        ({"auth": True}, ["app/auth", "app/dashboard", "tests/accounts.py"], []),
        ({"auth": True}, ["migrations/versions"], ["app/models_plain.py"]),
        (
            {"auth": False, "api": True},
            ["app/api"],
            ["app/auth", "app/accounts", "app/dashboard", "app/templates/auth"],
        ),
        ({"auth": False}, ["migrations/env.py"], ["migrations/versions"]),
        ({"docker": True}, ["Dockerfile", ".dockerignore", "compose.yaml"], []),
        ({"docker": False}, [], ["Dockerfile", ".dockerignore", "compose.yaml"]),
        ({"api": True}, ["tests/test_api.py"], ["app/api/routes_users.py"]),
        ({"api": False}, ["app"], ["app/api", "tests/test_api.py"]),
        ({"server": "gunicorn"}, ["gunicorn.conf.py"], ["serve.py"]),
        ({"server": "gunicorn"}, ["app/core"], ["app/core/async_views.py"]),
        ({"server": "gunicorn-gevent"}, ["gunicorn.conf.py"], ["serve.py"]),
        ({"server": "gunicorn-gevent"}, ["app/core/async_views.py"], []),
        ({"server": "granian"}, ["serve.py"], ["gunicorn.conf.py"]),
        ({"tasks": "threads"}, ["app/core/background.py"], []),
        ({"tasks": "none"}, ["app/core"], ["app/core/background.py"]),
    ],
    ids=lambda value: written_as(value) if isinstance(value, dict) else None,
)
def test_a_piece_comes_and_goes_as_files(
    answers: dict[str, object], there: list[str], absent: list[str], render: Renderer
) -> None:
    project = render(**answers)

    assert all((project / name).exists() for name in there)
    assert not any((project / name).exists() for name in absent)


WORDS: dict[str, tuple[dict[str, object], list[bytes]]] = {
    "ci": (
        {"ci": "none"},
        [b"prek", b"pre-commit", b"GitHub", b"gitlab", b"dependabot"],
    ),
    "auth": (
        {"auth": False, "api": True},
        [
            b"account", b"Account", b"limiter", b"login", b"Login", b"log in",
            b"logged-in", b"email-validator", b"redis:", b"dashboard", b"test_auth",
            b"current_user",
        ],
    ),
    "api": (
        {"auth": True, "api": False},
        [b"pydantic", b"app.api", b"app/api", b"/api/v1/users", b"greeting"],
    ),
    "docker": ({"docker": False}, [b"docker", b"Docker", b"compose"]),
    "granian": ({"server": "gunicorn"}, [b"granian", b"Granian", b"serve.py"]),
    "gevent": ({"server": "gunicorn"}, [b"gevent"]),
    "gunicorn": ({"server": "granian"}, [b"unicorn", b"gevent"]),
    "tasks": ({"tasks": "none"}, [b"background", b"BACKGROUND"]),
}  # fmt: skip

# Where a word stands for something else: a licence's, a scheme's, the fixtures' reason,
# a colour's, a setting's that counts where there is one.
ELSEWHERE = {
    "auth": {
        b"account": {"LICENSE"},
        b"redis:": {"app/core/settings.py"},
        b"logged-in": {"tests/conftest.py"},
    },
    "api": {b"/api/v1/users": {"tests/test_accounts.py"}},
    # The known issue of gevent, and the check that knows its workers.
    "gevent": {
        b"gevent": {
            "docs/known-issues.md",
            "gunicorn.conf.py",
            "tests/known_issues/test_gevent_async.py",
        },
    },
    "gunicorn": {
        word: {"docs/known-issues.md", "tests/known_issues/test_gevent_async.py"}
        for word in (b"unicorn", b"gevent")
    },
    "tasks": {
        b"background": {"app/static/css/style.css", "docs/known-issues.md"},
        b"BACKGROUND": {"app/core/settings.py"},
    },
}


@pytest.mark.parametrize("piece", WORDS)
def test_no_word_of_a_piece_that_was_not_chosen(piece: str, render: Renderer) -> None:
    answers, words = WORDS[piece]
    allowed = ELSEWHERE.get(piece, {})

    for name, content in files(render(**answers)).items():
        if name == ".copier-answers.yml":
            continue
        for word in words:
            assert word not in content or name in allowed.get(word, ()), name


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
        if name and name.isupper() and name not in {"SITE", "CONFIGS"}
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
def test_each_licence_has_its_text_and_no_year(
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
def test_authors_are_declared_as_far_as_they_are_known(
    name: str, email: str, expected: object, render: Renderer
) -> None:
    project = render(author_name=name, author_email=email)
    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]

    assert declared.get("authors") == expected
    assert (email or "the maintainers") in (project / "SECURITY.md").read_text()
