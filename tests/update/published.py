"""A clone of the template in which every release has its tag, with releases to come.

WORK_TREE is the state of the work tree. COMING are releases of our own, made on top of
it, so that each mechanism of an update is exercised before a real release needs it.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.editing import edit
from tests.support.rendering import commit_all
from tests.support.rendering import copied_tree
from tests.support.rendering import git
from tests.support.rendering import ROOT
from tests.update import releases

WORK_TREE = "v999.0.0"
COMING = ("v1000.0.0", "v1001.0.0")

MODEL = '''

class Visit(Base):
    """A visit to the site."""

    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(sa.String(200))
'''
COLUMN = "    referrer: Mapped[str | None] = mapped_column(sa.String(200))\n"
MODEL_IMPORTS = """
import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.core.database import Base
"""
REVISION = '''"""visits"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "000000000001"
{% set with_api = "7c1d9e4b0a35" if auth else "8d3e6b1f9a27" %}
{% set without = "5a0e1f7c2b64" if auth else none %}
{% set last = with_api if api else without %}
down_revision = {{ '"' ~ last ~ '"' if last else "None" }}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )


def downgrade() -> None:
    op.drop_table("visits")
'''
# Until then the only revisions are those of the accounts and of the API.
REVISIONS_FOR_ALL = (
    " or not (auth | default or api | default) %}\n    /migrations",
    " %}\n    /migrations",
)
CSRF = '    - [app.extensions, csrf, ""]\n'
KEPT_MODULE = '''"""A pattern that a later release brings."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    app.config.setdefault("GREETING", "Hello")
'''


def publish(target: Path) -> Path:
    """Clone the repository to `target`, tag its releases and add those to come."""
    git(ROOT, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(target))
    releases.tag(target)

    for name in git(target, "ls-files", "-z").split("\0"):
        if name and not (ROOT / name).exists():
            (target / name).unlink()
    copied_tree(ROOT, target)
    release(target, WORK_TREE)

    add_the_first_to_come(target)
    release(target, COMING[0])
    add_the_second_to_come(target)
    release(target, COMING[1])

    # One pack instead of hundreds of files: Copier clones this for every update.
    git(target, "gc", "--quiet")
    return target


def release(repository: Path, tag: str) -> None:
    """Commit what is there under a heading of the changelog, and tag it."""
    version = tag.removeprefix("v")
    log = repository / "CHANGELOG.md"
    head, *rest = log.read_text().split("\n## ")
    entry = (
        f"{version}\nReleased 2030-01-01\n\n- What release {version} changes.\n"
        f"- With `auth`: what release {version} changes in accounts.\n"
        f"- Without `auth`: what accounts need since release {version}.\n"
    )
    log.write_text("\n## ".join([head, entry, *rest]))
    commit_all(repository, f"Release {version}")
    git(repository, "tag", "--force", tag)


def add_the_first_to_come(repository: Path) -> None:
    """A maintained file changed, and one new thing of each kind."""
    template = repository / "template"

    # A maintained file and a page of the owner changed, one line each.
    edit(
        template / "app/core/headers.py",
        '"Cross-Origin-Resource-Policy": "same-origin"',
        '"Cross-Origin-Resource-Policy": "same-site"',
    )
    edit(template / "app/templates/base.html", "Skip to the content", "To the content")

    # A question, off in projects that exist, and the module that it brings.
    (template / "app/core/greeting.py").write_text(KEPT_MODULE)
    edit(
        repository / "copier.yml",
        "# WIRING ---",
        """greeting:
  type: bool
  help: Does it greet?
  default: "{{ not updating_from }}"

# WIRING ---""",
    )
    edit(
        repository / "copier.yml",
        "  # Revisions come",
        """  - |
    {% if not (greeting | default(false)) %}
    /app/core/greeting.py
    {% endif %}
  # Revisions come""",
    )
    edit(
        repository / "copier.yml",
        CSRF,
        '    {% if greeting %}\n    - [app.core, greeting, ""]\n    {% endif %}\n'
        + CSRF,
    )
    edit(
        repository / "extensions/pieces.yml",
        "  auth: {type: switch",
        "  greeting: {type: switch}\n  auth: {type: switch",
    )

    # A maintained module for all projects, a dependency, a setting.
    (template / "app/core/farewell.py").write_text(
        KEPT_MODULE.replace("GREETING", "BYE")
    )
    edit(
        repository / "copier.yml",
        CSRF,
        '    - [app.core, farewell, ""]\n' + CSRF,
    )
    edit(
        template / "pyproject.toml.jinja",
        "    # Your dependencies",
        '    "tzdata>=2025.1",\n    # Your dependencies',
    )
    for shape in ("config_classes.py.jinja", "config_environment.py.jinja"):
        edit(
            template / shape,
            '    LOG_LEVEL = "INFO"\n',
            '    LOG_LEVEL = "INFO"\n    GREETING = "Good day"\n',
        )

    # A model, with the revision that comes with a copy.
    plain = template / "app/models_plain.py"
    edit(plain, "\n# isort: split", f"{MODEL_IMPORTS}\n# isort: split")
    edit(plain, "\n# Add your models", f"{MODEL}\n\n# Add your models")
    accounts = template / "app/models_with_accounts.py"
    edit(accounts, "\n\n# Add your models", f"{MODEL}\n\n# Add your models")
    revisions = template / "migrations/versions"
    (revisions / "000000000001_visits.py.jinja").write_text(REVISION)
    edit(repository / "copier.yml", *REVISIONS_FOR_ALL)

    # A file that projects may have already, and one that holds secrets.
    (template / "docs/operating.md").write_text("# Operating\n\nThe template's own.\n")
    (template / ".env").write_text("SECRET_KEY=from-the-template\n")
    git(repository, "add", "--force", "template/.env")


def add_the_second_to_come(repository: Path) -> None:
    """A page renamed, a file dropped, and a column more."""
    template = repository / "template"
    for shape in ("models_plain.py", "models_with_accounts.py"):
        models = template / "app" / shape
        edit(models, "sa.String(200))\n", f"sa.String(200))\n{COLUMN}")

    pages = template / "app/templates/main"
    (pages / "index.html").rename(pages / "start.html")
    edit(template / "app/main/routes.py", "main/index.html", "main/start.html")
    (template / "docs/first-page.md").unlink()
    retire(repository, "app/templates/main/index.html", "it is start.html now")
    retire(repository, "docs/first-page.md", "it moved to the site")


def retire(repository: Path, path: str, reason: str) -> None:
    edit(
        repository / "copier.yml", "{# retired #}\n", f"{{# retired #}}\n    /{path}\n"
    )
    edit(
        repository / "extensions/retired.yml",
        "\nretired:\n",
        f"\nretired:\n  {path}: {reason}\n",
    )
