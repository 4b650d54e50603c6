"""The ten rules of AGENTS.md, and the four errors of docs/first-page.md."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import current_app
from flask import Flask
from flask import url_for
from werkzeug.routing import BuildError

from app.extensions import db
from config import Config
from config import CONFIGS

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "app"
MODULES = sorted(PACKAGE.rglob("*.py"))
BLUEPRINTS = "|".join(path.parent.name for path in PACKAGE.glob("*/routes.py"))
SECRET = re.compile(r"(secret|password|token|api_?key)$", re.IGNORECASE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call below `tree`, with the last part of the name that is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2], node


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Every import below `tree`: the module, and the name that is taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def at_import(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, or its classes are made."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (part for part in node.body if not is_function(part))
        elif not is_function(node):
            yield node


def is_function(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def made_in_extensions() -> set[str]:
    """The classes whose objects app/extensions.py makes."""
    tree = ast.parse((PACKAGE / "extensions.py").read_text(encoding="utf-8"))
    made = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    return {ast.unparse(call.func) for call in made if isinstance(call, ast.Call)}


@pytest.fixture(params=MODULES, ids=name_of)
def module(request: pytest.FixtureRequest) -> tuple[str, ast.Module]:
    return name_of(request.param), ast.parse(request.param.read_text(encoding="utf-8"))


Module = tuple[str, ast.Module]


def test_1_applications_are_made_by_the_factory(module: Module) -> None:
    name, tree = module

    made = [node for called, node in calls(tree) if called == "Flask"]

    assert len(made) == (1 if name == "app/__init__.py" else 0)
    for statement in at_import(tree):
        assert "create_app" not in [called for called, _ in calls(statement)]


def test_2_extensions_are_made_in_one_place(module: Module) -> None:
    name, tree = module

    extensions = made_in_extensions()
    made = {called for called, _ in calls(tree)} & extensions

    assert {"CSRFProtect", "Migrate", "SQLAlchemy"} <= extensions
    assert not made or name == "app/extensions.py"


def test_3_routes_are_imported_after_the_blueprint(module: Module) -> None:
    _, tree = module
    lines = {
        called: node.lineno for called, node in calls(tree) if called == "Blueprint"
    }
    routes = [
        node.lineno
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        and [alias.name for alias in node.names] == ["routes"]
    ]

    if lines:
        assert routes
        assert min(routes) > lines["Blueprint"]


def test_4_and_6_no_module_imports_an_application(module: Module) -> None:
    name, tree = module
    for imported, taken in imports(tree):
        assert imported != "run"
        assert (imported, taken) not in {("app", "app"), ("app", "create_app")}
        if name == "app/models.py":
            assert not re.match(rf"app\.({BLUEPRINTS})\b", imported)


def test_5_a_context_is_what_the_database_needs(app: Flask) -> None:
    with app.app_context():
        assert db.session.scalar(sa.text("SELECT 1")) == 1
        assert current_app.name == "app"


def test_7_importing_and_making_an_application_opens_no_connection() -> None:
    program = """
import sqlalchemy as sa
from sqlalchemy import event

def refuse(*_):
    raise SystemExit("a connection was opened")

event.listen(sa.Pool, "connect", refuse)

import app, app.models
from config import CONFIGS

app.create_app(CONFIGS["testing"]())
"""
    subprocess.run(
        [sys.executable, "-"], cwd=ROOT, input=program, text=True, check=True
    )


@pytest.mark.parametrize("path", [*MODULES, ROOT / "config.py"], ids=name_of)
def test_8_no_secret_stands_in_the_code(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            value = getattr(node, "value", None)
            text = value.value if isinstance(value, ast.Constant) else None
            if SECRET.search(ast.unparse(target)):
                assert not (text and isinstance(text, str)), ast.unparse(node)


def test_8_no_configuration_brings_a_key() -> None:
    assert all(make().SECRET_KEY is None for make in CONFIGS.values())


@pytest.mark.parametrize("path", [*MODULES, ROOT / "run.py"], ids=name_of)
def test_9_nothing_serves_by_app_run(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = [ast.unparse(node.func) for _, node in calls(tree)]

    assert not [name for name in called if re.search(r"app(\(.*\))?\.run$", name)]


def test_10_the_protection_is_on_but_in_tests() -> None:
    switched = {name: make().WTF_CSRF_ENABLED for name, make in CONFIGS.items()}

    assert Config().WTF_CSRF_ENABLED
    assert switched == {"development": True, "production": True, "testing": False}


def test_10_what_is_exempt_asks_for_the_token_itself(module: Module) -> None:
    called = {called for called, _ in calls(module[1])}

    assert ("exempt" in called) <= ("protect" in called)


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "templates").rglob("*.html")), ids=name_of
)
def test_10_each_form_carries_its_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for form in text.split("<form")[1:]:
        if re.match(r'[^>]*method="post"', form, re.IGNORECASE):
            assert re.search(r"hidden_tag\(\)|csrf_token\(\)", form.split("</form>")[0])


def test_no_blueprint_can_shadow_the_pages_of_another(app: Flask) -> None:
    own = [one for one in app.blueprints.values() if one.import_name.startswith("app.")]
    for blueprint in own:
        assert blueprint.template_folder is None, blueprint.name
        assert blueprint.static_folder is None, blueprint.name


def test_a_circular_import_is_an_import_error(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").write_text(
        "from shop.models import Item\n\ndb = object()\n"
    )
    (tmp_path / "shop/models.py").write_text(
        "from shop import db\n\nItem = type('Item', (), {})\n"
    )

    run = subprocess.run(
        [sys.executable, "-c", "import shop"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    # From Python 3.13 on it goes on with advice about the name of the file.
    assert "ImportError: cannot import name 'db' from" in run.stderr


def test_the_database_outside_of_a_context_is_a_runtime_error() -> None:
    with pytest.raises(RuntimeError, match="Working outside of application context"):
        db.session.execute(sa.text("SELECT 1"))


def test_an_endpoint_without_its_blueprint_is_a_build_error(app: Flask) -> None:
    with app.test_request_context():
        assert url_for("main.index") == "/"
        with pytest.raises(BuildError, match=r"Did you mean '\w+\.index' instead"):
            url_for("index")


def test_a_form_without_its_token_is_a_bad_request(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(WTF_CSRF_ENABLED=True)
    app.add_url_rule("/form", view_func=str, methods=["POST"])

    response = app.test_client().post("/form")

    assert response.status_code == 400
    assert "The CSRF token is missing." in response.text


def test_the_page_of_errors_words_them_as_they_are() -> None:
    page = (ROOT / "docs/first-page.md").read_text(encoding="utf-8")

    for words in (
        "partially initialized module",
        "Working outside of application context",
        "BuildError",
        "The CSRF token is missing",
    ):
        assert words in page
