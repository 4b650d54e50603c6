"""A project starts with another structure of config.py, or reports what it lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.rendering import said

PRODUCTION = {
    "APP_CONFIG": "production",
    "SECRET_KEY": "k" * 48,
    "DATABASE_URL": "sqlite://",
    "TRUSTED_HOSTS": "localhost",
    "SITE_URL": "https://localhost",
}

# Requests a page, a probe and a form in production and in development.
ASK = """
import warnings
from run import app
client = app.test_client()
for path in ("/", "/api/health", "/auth/login"):
    status = client.get(path, base_url="https://localhost").status_code
    assert status in (200, 404), (path, status)
print(app.config["APP_CONFIG"], app.config["SITE_NAME"])
"""

PLAIN = """
class Config:
    SITE_NAME = "Shop"
    MAX_CONTENT_LENGTH = 2048
    PAGE_SIZE = 20
"""
PACKAGE = {
    "config/__init__.py": """
from config.base import Config
from config.live import Live

CONFIGS = {"development": Config, "testing": Config, "production": Live}
""",
    "config/base.py": """
class Config:
    SITE_NAME = "Shop"
    SECRET_KEY = "k" * 40
""",
    "config/live.py": """
from config.base import Config

class Live(Config):
    PREFERRED_URL_SCHEME = "https"
""",
}
SHAPES: dict[str, dict[str, str | None]] = {
    "a plain class": {"config.py": PLAIN},
    "empty": {"config.py": ""},
    "a package": {"config.py": None, **PACKAGE},
    "names alone": {"config.py": f"{PLAIN}\nCONFIGS = {{'production': Config,"
                    " 'development': object, 'testing': Config()}"},
}  # fmt: skip
REFUSED: dict[str, tuple[dict[str, str | None], str]] = {
    "no production": (
        {"config.py": f"{PLAIN}\nCONFIGS = {{'live': Config}}"},
        "APP_CONFIG must be one of live, not 'production' (set in the environment).",
    ),
    "none": ({"config.py": None}, "config.py must be beside run.py; an empty one has"),
}


@pytest.fixture(scope="session", params=["full", "minimal"])
def sound(request: pytest.FixtureRequest, installed: Callable[..., Path]) -> Path:
    return installed(preset=request.param)


def reshaped(sound: Path, folder: Path, files: dict[str, str | None]) -> Path:
    project = folder / "project"
    shutil.copytree(sound, project, ignore=shutil.ignore_patterns(".venv", "instance"))
    for name, content in files.items():
        path = project / name
        if content is None:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
    return project


def attempt(sound: Path, project: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Start a project with all required variables set."""
    of_production = PRODUCTION if name == "production" else {}
    return subprocess.run(
        [sound / ".venv/bin/python", "-W", "error", "-c", ASK],
        cwd=project,
        env={"PATH": os.environ["PATH"], **of_production, "APP_CONFIG": name},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_a_config_with_another_structure_starts(
    shape: str, sound: Path, tmp_path: Path
) -> None:
    project = reshaped(sound, tmp_path, SHAPES[shape])

    for name in ("development", "production"):
        started = attempt(sound, project, name)

        assert started.returncode == 0, said(started)
        assert started.stdout.startswith(name), said(started)


@pytest.mark.parametrize("shape", REFUSED)
def test_an_incomplete_config_is_refused_in_one_line(
    shape: str, sound: Path, tmp_path: Path
) -> None:
    files, line = REFUSED[shape]
    project = reshaped(sound, tmp_path, files)

    refused = attempt(sound, project, "production")

    assert refused.returncode == 1
    assert refused.stderr.startswith(line)
    assert refused.stderr.count("\n") == 1


def test_each_setting_can_be_removed_from_config(sound: Path, tmp_path: Path) -> None:
    project = reshaped(sound, tmp_path, {})
    check = """
import config
from app import create_app
# The single class reads this setting from itself.
names = [name for name in vars(config.Config) if name.isupper() and name != "TESTING"]
assert len(names) > 15, names
for name in names:
    value = getattr(config.Config, name)
    delattr(config.Config, name)
    app = create_app()
    assert name in app.config, name
    assert app.test_client().get("/api/health").status_code == 200, name
    setattr(config.Config, name, value)
"""
    run = subprocess.run(
        [sound / ".venv/bin/python", "-W", "error", "-c", check],
        cwd=project,
        env={"PATH": os.environ["PATH"], **PRODUCTION},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, said(run)


def test_the_sample_env_file_is_a_development_environment(
    sound: Path, tmp_path: Path
) -> None:
    project = reshaped(sound, tmp_path, {})
    shutil.copy(project / ".env.example", project / ".env")
    run = subprocess.run(
        [sound / ".venv/bin/flask", "shell"],
        cwd=project,
        env={"PATH": os.environ["PATH"], "PYTHONSTARTUP": ""},
        input="print('it is', app.config['APP_CONFIG'])\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, said(run)
    assert "it is development" in run.stdout


def test_a_refusal_names_the_file_that_chose_production(
    sound: Path, tmp_path: Path
) -> None:
    project = reshaped(sound, tmp_path, {".env": "APP_CONFIG=production\n"})
    run = subprocess.run(
        [sound / ".venv/bin/flask", "routes"],
        cwd=project,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    lines = run.stderr.splitlines()
    assert run.returncode == 1
    # SITE_URL is for the links in mail.
    has_mail = (project / "app/core/mail.py").exists()
    assert [line.split(" must be ")[0] for line in lines] == [
        f"APP_CONFIG is production (set in .env): {name}"
        for name in ("SITE_URL", "SECRET_KEY", "DATABASE_URL", "TRUSTED_HOSTS")
        if name != "SITE_URL" or has_mail
    ]
