"""What owners do to Python: functions, routes, models, settings, names."""

from __future__ import annotations

import ast
import io
import re
import tokenize

from tests.update.lives.owner import NotHereError
from tests.update.lives.owner import Owner
from tests.update.lives.proofs import Proof

FUNCTION = '''def {name}(value: int) -> int:
    """Return what we count."""
    return value + {number}
'''
ROUTE = '''

@bp.get("/ours-{number}")
def {name}() -> str:
    """A page of ours."""
    return render_template("main/{name}.html")
'''
PAGE = '{% extends "base.html" %}\n\n{% block content %}<h1>Ours</h1>{% endblock %}\n'
MODEL = '''

class Ours{number}(Base):
    """A table of ours."""

    __tablename__ = "{name}"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(200))
'''
MODEL_IMPORTS = (
    "import sqlalchemy as sa\nfrom sqlalchemy.orm import Mapped\n"
    "from sqlalchemy.orm import mapped_column\n\n"
    "from app.core.database import Base\n"
)
BLUEPRINT = '''"""An area of ours."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("{name}", __name__)


@bp.get("/")
def index() -> str:
    """Say hello."""
    return "Hello"
'''
REGISTRATION = """\
    from app.{name} import bp as {name}_bp

    # Public.
    app.register_blueprint({name}_bp, url_prefix="/{name}")
"""
TEST = '''"""Tests of ours."""

from __future__ import annotations


def test_{name}() -> None:
    assert {number} + 1 == {number} + 1
'''
MODULE = '"""What we count."""\n\nfrom __future__ import annotations\n\n\n' + FUNCTION
WIDTH = 88


def filled(text: str, owner: Owner) -> str:
    return text.replace("{name}", owner.name).replace("{number}", str(owner.number))


def modules(owner: Owner) -> list[str]:
    """Return the modules of the application, of the owner and maintained."""
    return [path for path in owner.paths(".py") if path.startswith("app/")]


def add_function(owner: Owner) -> Proof:
    """A function at the end of a module."""
    path = owner.one(modules(owner))
    owner.write(path, f"{owner.read(path)}\n\n{filled(FUNCTION, owner)}")
    return Proof("functions", {path: f"def {owner.name}("})


def insert_function(owner: Owner) -> Proof:
    """A function before another one."""
    path = owner.one(modules(owner))
    found = [node for node in owner.module(path).body if isinstance(node, DEFINITIONS)]
    if not found:
        raise NotHereError
    node = owner.dice.choice(found)
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1
    above = owner.read(path).splitlines()[:first]
    # A comment above a function belongs to it.
    while above and above[-1].startswith("#"):
        above.pop()
    owner.insert(path, len(above), f"{filled(FUNCTION, owner)}\n\n")
    return Proof("functions", {path: f"def {owner.name}("})


DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def change_line(owner: Owner) -> Proof:
    """A comment of ours at the end of a line of code."""
    path = owner.one([*modules(owner), "config.py", "gunicorn.conf.py"])
    comment = f"  # {owner.name}"
    lines = owner.read(path).splitlines(keepends=True)
    tokens = [*tokenize.generate_tokens(io.StringIO("".join(lines)).readline)]
    commented = {one.start[0] for one in tokens if one.type == tokenize.COMMENT}
    ends = [
        one.start[0]
        for one in tokens
        if one.type == tokenize.NEWLINE
        and one.start[0] not in commented
        and len(lines[one.start[0] - 1]) + len(comment) <= WIDTH
        and '"""' not in lines[one.start[0] - 1]
    ]
    if not ends:
        raise NotHereError
    at = owner.dice.choice(ends) - 1
    lines[at] = f"{lines[at].rstrip()}{comment}\n"
    owner.write(path, "".join(lines))
    return Proof("lines", {path: comment.strip()})


def rename_function(owner: Owner) -> Proof:
    """A function that only its own module uses gets another name."""
    texts = {path: owner.read(path) for path in owner.paths(".py", ".html", ".md")}
    path = owner.one(modules(owner))
    names = [
        node.name
        for node in owner.module(path).body
        if isinstance(node, ast.FunctionDef)
        and not node.decorator_list
        and len(node.name) > 4
        and [name for name in texts if uses(texts[name], node.name)] == [path]
    ]
    old = owner.one(names)
    owner.write(path, re.sub(rf"\b{old}\b", owner.name, texts[path]))
    return Proof("renames", {path: f"def {owner.name}("}, {path: f"def {old}("})


def uses(text: str, name: str) -> bool:
    return name in text and re.search(rf"\b{name}\b", text) is not None


def add_route(owner: Owner) -> Proof:
    """A page with its route and its link."""
    routes, page = "app/main/routes.py", f"app/templates/main/{owner.name}.html"
    if "render_template" not in owner.read(routes):
        raise NotHereError
    owner.write(routes, owner.read(routes) + filled(ROUTE, owner))
    owner.write(page, PAGE)
    link = f"      <a href=\"{{{{ url_for('main.{owner.name}') }}}}\">Ours</a>\n"
    owner.below("app/templates/base.html", "      {# Add your links", link)
    return Proof(
        "routes",
        {
            routes: f"def {owner.name}(",
            page: "<h1>Ours</h1>",
            "app/templates/base.html": link.strip(),
        },
    )


def add_area(owner: Owner) -> Proof:
    """A blueprint of ours, and the lines that register it."""
    path, factory = f"app/{owner.name}/__init__.py", "app/__init__.py"
    register = (
        f'    app.register_blueprint({owner.name}_bp, url_prefix="/{owner.name}")'
    )
    lines = (
        f"    from app.{owner.name} import bp as {owner.name}_bp\n\n"
        f"    # Public.\n{register}\n"
    )
    owner.below(factory, "    # Add your blueprints", lines)
    owner.write(path, filled(BLUEPRINT, owner))
    return Proof(
        "areas", {path: f'"{owner.name}"', factory: f"register_blueprint({owner.name}"}
    )


def add_model(owner: Owner) -> Proof:
    """A model at the end, below the imports that it needs."""
    path = "app/models.py"
    text = owner.read(path)
    if "import sqlalchemy as sa" not in text:
        owner.below(path, "# Add your imports", MODEL_IMPORTS)
    owner.write(path, owner.read(path) + filled(MODEL, owner))
    return Proof("models", {path: f"class Ours{owner.number}("})


def add_field(owner: Owner) -> Proof:
    """A column below those of a model."""
    path = "app/models.py"
    models = [
        columns
        for node in owner.module(path).body
        if isinstance(node, ast.ClassDef)
        and (columns := [one for one in node.body if isinstance(one, ast.AnnAssign)])
    ]
    if not models:
        raise NotHereError
    # The last one is often a relationship, below a blank line.
    column = owner.dice.choice(owner.dice.choice(models))
    field = f"    {owner.name}: Mapped[str | None] = mapped_column(sa.String(50))\n"
    owner.insert(path, column.end_lineno or column.lineno, field)
    return Proof("fields", {path: f"    {owner.name}: Mapped["})


def add_setting(owner: Owner) -> Proof:
    """A setting of ours below the marker comment."""
    name = owner.name.upper()
    line = f"    {name} = {owner.number}\n"
    owner.below("config.py", "    # Add your settings below", line)
    return Proof("settings", settings={name: owner.number})


def change_setting(owner: Owner) -> Proof:
    """Another number for one of the settings."""
    path = "config.py"
    tree = owner.module(path)
    first = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    found = [
        (node.targets[0].id, node.value)
        for node in first.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and type(node.value.value) is int
    ]
    if not found:
        raise NotHereError
    name, constant = owner.dice.choice(found)
    value = int(str(constant.value)) + 1
    lines = owner.read(path).splitlines(keepends=True)
    line = lines[constant.lineno - 1]
    lines[constant.lineno - 1] = (
        f"{line[: constant.col_offset]}{value}{line[constant.end_col_offset :]}"
    )
    owner.write(path, "".join(lines))
    return Proof("settings", settings={name: value})


def add_test(owner: Owner) -> Proof:
    """A test module of ours."""
    path = f"tests/test_{owner.name}.py"
    owner.write(path, filled(TEST, owner))
    return Proof("own files", {path: f"def test_{owner.name}("})


def add_module(owner: Owner) -> Proof:
    """A module of ours."""
    path = f"app/{owner.name}_counts.py"
    owner.write(path, filled(MODULE, owner))
    return Proof("own files", {path: f"def {owner.name}("})
