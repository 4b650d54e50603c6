"""Areas, modules, models and settings of the owner may have any name."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.rendering import Renderer
from tests.support.rendering import run

# Names of the template's own modules, extensions and commands, of Flask's and of the
# standard library, all of which a product may want for an area.
NAMES = (
    "background", "bodies", "calendar", "commands", "cookies", "csrf", "database", "db",
    "email", "engines", "environment", "errors", "files", "forms", "headers", "health",
    "hooks", "hosts", "limiter", "login", "mail", "migrate", "migrations", "page",
    "pages", "passwords", "preload", "profile", "proxy", "redirects", "request_log",
    "rules", "seeding", "seeds", "session", "sessions", "settings", "static_files",
    "streaming", "tables", "tasks", "templates_", "throttling", "transactions",
    "unavailable", "uploads", "users",
)  # fmt: skip
AREA = '''"""An area of the owner."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("{name}", __name__)

from app.{name} import routes  # noqa: E402, F401
'''
ROUTES = '''"""The routes of an area of the owner."""

from __future__ import annotations

from app.{name} import bp


@bp.get("/")
def index() -> str:
    """An answer."""
    return "{name}"
'''
REGISTERED = """
    from app.{name} import bp as {name}_bp

    # Open to everyone.
    app.register_blueprint({name}_bp, url_prefix="/{name}")
"""
MODEL = '''

class {title}(Base):
    """A model of the owner."""

    __tablename__ = "own_{name}"

    id: Mapped[int] = mapped_column(primary_key=True)
'''
MODULES_TWICE = """
from importlib import import_module
from app import create_app
from config import CONFIGS
for name in {names!r}:
    import_module(f"app.{{name}}")
for _ in range(2):
    app = create_app(CONFIGS["testing"])
    assert app.test_client().get("/api/health").status_code == 200
"""
# Modules of the suite that create several applications and check all rules.
TESTS = (
    "tests/test_main.py",
    "tests/maintained/rules",
    "tests/maintained/core/test_errors.py",
    "tests/maintained/core/test_seeding.py",
)

Installed = Callable[..., Path]


def title(name: str) -> str:
    return name.title().replace("_", "")


def add(path: Path, landing: str, text: str) -> None:
    """Add text below the last line that starts with `landing`."""
    head, found, tail = path.read_text().rpartition(landing)
    assert found
    line, _, rest = tail.partition("\n")
    path.write_text(f"{head}{landing}{line}\n{text}{rest}")


@pytest.fixture
def project(installed: Installed, tmp_path: Path) -> Path:
    """An installed copy of a project, for the test to edit."""
    sound = installed(preset="full")
    copy = tmp_path / "project"
    shutil.copytree(sound, copy, ignore=shutil.ignore_patterns(".venv"))
    (copy / ".venv").symlink_to(sound / ".venv")
    return copy


def in_project(project: Path, *command: str) -> str:
    return run(project, str(project / ".venv/bin/python"), *command)


def test_areas_models_and_settings_can_have_any_name(project: Path) -> None:
    for name in NAMES:
        (project / "app" / name).mkdir()
        for file, text in {"__init__": AREA, "routes": ROUTES}.items():
            path = project / "app" / name / f"{file}.py"
            path.write_text(text.format(name=name))
    areas = "".join(REGISTERED.format(name=name) for name in NAMES).lstrip("\n")
    add(project / "app/__init__.py", "    # Add your blueprints", areas)
    models = "".join(MODEL.format(name=name, title=title(name)) for name in NAMES)
    add(project / "app/models.py", "# Add your models", models)
    own = "".join(f'    whole_number("{name.upper()}", 1),\n' for name in NAMES)
    add(project / "config.py", "    # Add your settings with a rule", own)
    config = project / "config.py"
    config.write_text(config.read_text().replace(
        "import Setting\n", "import Setting\nfrom app.core.rules import whole_number\n"
    ))  # fmt: skip

    in_project(project, "-m", "flask", "db", "upgrade")
    in_project(project, "-m", "flask", "db", "migrate", "--message", "own")
    in_project(project, "-m", "ruff", "check", ".")
    in_project(project, "-m", "ruff", "format", "--check", ".")
    in_project(project, "-m", "pytest", "-q", *TESTS)


def test_modules_can_have_any_name(project: Path) -> None:
    for name in NAMES:
        (project / "app" / f"{name}.py").write_text('"""A module of the owner."""\n')

    in_project(project, "-c", MODULES_TWICE.format(names=NAMES))


def test_the_factory_binds_no_name_that_an_area_could_use(render: Renderer) -> None:
    module = ast.parse((render(preset="full") / "app/__init__.py").read_text())
    bound = {
        alias.asname or alias.name
        for node in module.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    functions = {name for name in bound if name.startswith(("init_", "load_"))}

    assert bound - functions == {
        "Flask",
        "annotations",
        "extensions",
        "preload_templates",
    }
