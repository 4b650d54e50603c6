"""What owners do to their projects between two updates.

Each scenario edits a committed project of any release and says what must be so after
the update. It uses only places that every release has: rooms of the user's own, and
landing lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import run
from tests.update.projects_to_update import Expected

Scenario = Callable[[Path], Expected]

# One line of a kept file: as it is, as its owner wants it, as a release to come has it.
BEFORE = '"Cross-Origin-Resource-Policy": "same-origin"'
MINE = '"Cross-Origin-Resource-Policy": "cross-origin"'
THEIRS = '"Cross-Origin-Resource-Policy": "same-site"'


def append(project: Path, name: str, text: str) -> dict[str, str]:
    path = project / name
    path.write_text(path.read_text() + text)
    return {name: text}


def below(project: Path, name: str, landing: str, text: str) -> dict[str, str]:
    """Add text below the last line that begins with `landing`."""
    path = project / name
    head, found, tail = path.read_text().rpartition(landing)
    assert found, f"{name} has no line {landing!r}"
    line, newline, rest = tail.partition("\n")
    path.write_text(f"{head}{landing}{line}{newline}{text}{rest}")
    return {name: text}


def new(project: Path, name: str, text: str) -> dict[str, str]:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return {name: text}


def untouched(project: Path) -> Expected:
    return Expected(untouched=True)


ICON = b"\x89PNG\r\n\x1a\n\0\0 the owner's own"


def pages(project: Path) -> Expected:
    """Routes, pages, styles and images of the owner, and another README."""
    route = '''

@bp.get("/about")
def about() -> str:
    """Who we are."""
    return render_template("main/about.html")
'''
    test = """

def test_about(client: FlaskClient) -> None:
    assert client.get("/about").status_code == 200
"""
    page = '{% extends "base.html" %}\n\n{% block content %}<h1>Us</h1>{% endblock %}\n'
    images = {
        "app/static/favicon.ico": ICON,
        "app/static/logo.png": ICON,
    }
    for name, data in images.items():
        (project / name).write_bytes(data)
    link = "      <a href=\"{{ url_for('main.about') }}\">About</a>\n"
    return Expected(
        binary=images,
        edits={
            **append(project, "app/main/routes.py", route),
            **append(project, "tests/test_main.py", test),
            **new(project, "README.md", "# Us\n\nAll of this is ours.\n"),
            **new(project, "app/templates/main/about.html", page),
            **below(
                project, "app/templates/base.html", "      {# Add your links", link
            ),
            **append(
                project, "app/static/css/style.css", "\n.us {\n  color: red;\n}\n"
            ),
        },
    )


def wiring(project: Path) -> Expected:
    """A blueprint, an extension and a setting, each below its marker comment."""
    blueprint = (
        '"""The shop."""\n\nfrom flask import Blueprint\n\n'
        'bp = Blueprint("shop", __name__)\n'
    )
    register = (
        "    from app.shop import bp as shop_bp\n\n"
        "    # Open to partners, who sign what they send.\n"
        "    csrf.exempt(shop_bp)\n"
        '    app.register_blueprint(shop_bp, url_prefix="/shop")\n'
    )
    extension = "\nsearch: dict[str, str] = {}\n"
    binding = '    app.extensions["search"] = (search, csrf, db, migrate)\n'
    edits = {
        **new(project, "app/shop/__init__.py", blueprint),
        **below(project, "app/extensions.py", "# Add your extensions", extension),
        **below(
            project,
            "config.py",
            "    # Add your settings below",
            '    SHOP_CURRENCY = "EUR"\n',
        ),
    }
    below(project, "app/__init__.py", "    # Add your extensions", binding)
    below(project, "app/__init__.py", "    # Add your blueprints", register)
    imported = "from app.extensions import search\n"
    below(project, "app/__init__.py", "# Add your imports", imported)
    return Expected(edits={**edits, "app/__init__.py": register})


def dependencies(project: Path) -> Expected:
    """Two packages, the way uv writes them."""
    uv = str(BIN / "uv")
    run(project, uv, "add", "--frozen", "six>=1.16")
    run(project, uv, "add", "--frozen", "aniso8601>=10")
    run(project, uv, "add", "--frozen", "--dev", "pytest-randomly>=4")
    added = (project / "pyproject.toml").read_text()
    assert '    "six>=1.16",\n    "aniso8601>=10",\n]' in added
    return Expected(
        edits={"pyproject.toml": '    "six>=1.16",\n    "aniso8601>=10",\n]'}
    )


def model(project: Path) -> Expected:
    """A model with its own revision."""
    text = '''

class Ticket(Base):
    """A question of a customer."""

    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(200))
'''
    imports = (
        "import sqlalchemy as sa\nfrom sqlalchemy.orm import Mapped\n"
        "from sqlalchemy.orm import mapped_column\n\n"
        "from app.core.database import Base\n"
    )
    below(project, "app/models.py", "# Add your imports", imports)
    # As ruff writes it: `just update` formats the project.
    before = f'"{last}"' if (last := last_revision(project)) else "None"
    revision = REVISION_OF_THE_USER.replace("= None", f"= {before}", 1)
    return Expected(
        edits={
            **append(project, "app/models.py", text),
            **new(project, "migrations/versions/a1b2c3d4e5f6_tickets.py", revision),
        }
    )


def last_revision(project: Path) -> str | None:
    """Return the revision of the copy that no other one follows, if it has any."""
    shipped = {
        path.name[:12]: path.read_text()
        for path in (project / "migrations").glob("versions/*.py")
    }
    followed = re.findall(r'(?m)^down_revision.* = "(\w+)"', "".join(shipped.values()))
    last = shipped.keys() - set(followed)
    assert len(last) <= 1
    return next(iter(last), None)


def forms(project: Path) -> Expected:
    """A form, with what mypy wants to be told about Flask-WTF."""
    form = '''"""The forms of the shop."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired


class OrderForm(FlaskForm):
    what = StringField("What", [InputRequired()])
'''
    override = """
[[tool.mypy.overrides]]
module = ["app.shop.forms"]
disallow_subclassing_any = false
"""
    run(project, str(BIN / "uv"), "add", "--frozen", "--dev", "types-wtforms>=3.2")
    return Expected(
        edits={
            **new(project, "app/shop/forms.py", form),
            **append(project, "pyproject.toml", override),
        }
    )


REVISION_OF_THE_USER = '''"""tickets"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a1b2c3d4e5f6"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    )


def downgrade() -> None:
    op.drop_table("tickets")
'''


def kept_file_far(project: Path) -> Expected:
    """A maintained file edited, far from what releases change in it."""
    text = '\n\ndef sameorigin() -> str:\n    return "self"\n'
    return Expected(edits=append(project, "app/core/headers.py", text))


def kept_file_near(project: Path) -> Expected:
    """The same, with one unchanged line between."""
    path = project / "app/core/headers.py"
    old = '"Permissions-Policy": "camera=(), geolocation=(), microphone=()"'
    mine = '"Permissions-Policy": "camera=(), geolocation=(), microphone=(), usb=()"'
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, mine))
    return Expected(edits={"app/core/headers.py": mine})


def deleted(project: Path) -> Expected:
    gone = {"app/static/robots.txt", "app/static/favicon.ico", "AGENTS.md"}
    for name in gone:
        (project / name).unlink()
    return Expected(gone=gone)


def secrets(project: Path) -> Expected:
    """Files that git ignores, or that hold what only this machine knows."""
    lock = "# the user's lock, changed\n"
    (project / "uv.lock").write_text(lock)
    (project / "instance").mkdir()
    return Expected(
        edits={
            "uv.lock": lock,
            **new(project, ".env", "SECRET_KEY=only-here\nDATABASE_URL=sqlite://\n"),
            **new(project, "instance/secret_key", "made-in-development"),
        }
    )


def reformatted(project: Path) -> Expected:
    """The project's own tools over everything: they find nothing to change."""
    run(project, str(BIN / "ruff"), "check", "--no-cache", "--fix", "--quiet", ".")
    run(project, str(BIN / "ruff"), "format", "--no-cache", "--quiet", ".")
    assert git(project, "status", "--porcelain") == ""
    return Expected(untouched=True)


def windows_checkout(project: Path) -> Expected:
    """A checkout by a git that would write CRLF, and a file saved with CRLF."""
    git(project, "config", "core.autocrlf", "true")
    git(project, "rm", "--quiet", "-r", "--cached", ".")
    git(project, "reset", "--quiet", "--hard")
    assert b"\r\n" not in (project / "app/__init__.py").read_bytes()

    path = project / "app/main/routes.py"
    mine = path.read_text() + "\n\nNAME = 1\n"
    path.write_bytes(mine.replace("\n", "\r\n").encode())
    return Expected(edits={"app/main/routes.py": "\n\nNAME = 1\n"})


def own_document(project: Path) -> Expected:
    """A file that a later release also makes."""
    mine = "# Operating\n\nOurs, and different.\n"
    new(project, "docs/operating.md", mine)
    return Expected(edits={"docs/operating.md": "Ours, and different.\n"})


def everything(project: Path) -> Expected:
    """All edits that do not exclude each other, at once."""
    together = Expected()
    for scenario in (pages, wiring, dependencies, model, forms, kept_file_far, secrets):
        one = scenario(project)
        together.edits.update(one.edits)
        together.binary.update(one.binary)
    return together


SCENARIOS: dict[str, Scenario] = {
    "untouched": untouched,
    "pages": pages,
    "wiring": wiring,
    "dependencies": dependencies,
    "a model": model,
    "forms": forms,
    "a kept file, far": kept_file_far,
    "a kept file, near": kept_file_near,
    "files deleted": deleted,
    "secrets": secrets,
    "reformatted": reformatted,
    "windows": windows_checkout,
    "a file of ours": own_document,
    "everything": everything,
}


def applied(project: Path, scenario: Scenario) -> Expected:
    expected = scenario(project)
    commit_all(project, "my own work")
    return expected
