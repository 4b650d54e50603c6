"""The backup of docs/deploying.md for SQLite, while the site writes.

tests/served/test_page.py makes and restores one of each database.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from tests.support.running.projects import uv

EMAIL = "ada@example.com"


def commands(project: Path, kind: str) -> list[str]:
    """Return the commands for a machine without containers."""
    page = (project / "docs/deploying.md").read_text()
    section = page.split("\n## Back up\n")[1].split("\n## ")[0]
    return re.findall(rf"(?m)^sudo .*{kind}.*$", section)


def users(project: Path, settings: dict[str, str], *arguments: str) -> str:
    return uv(project, "run", "flask", "users", *arguments, **settings)


def create(project: Path, settings: dict[str, str], email: str) -> None:
    code = (
        "import run\nfrom app.accounts import users\n"
        f"with run.app.app_context(): users.create({email!r}, 'a password of theirs')"
    )
    uv(project, "run", "python", "-c", code, **settings)


def test_a_backup_of_sqlite_is_whole_while_the_site_writes(
    sqlite_project: Path, tmp_path: Path
) -> None:
    database, copy = tmp_path / "app.db", tmp_path / "copy.db"
    settings = {"APP_CONFIG": "development", "DATABASE_URL": f"sqlite:///{database}"}
    uv(sqlite_project, "run", "flask", "db", "upgrade", **settings)
    create(sqlite_project, settings, EMAIL)
    (command,) = commands(sqlite_project, "VACUUM")
    (statement,) = re.findall('"(.*)"', command)

    open_by_the_site = sqlite3.connect(database, isolation_level=None)
    open_by_the_site.execute("BEGIN IMMEDIATE")
    open_by_the_site.execute("DELETE FROM users")
    own = sqlite3.connect(database)
    own.execute(re.sub("'.*'", f"'{copy}'", statement))
    own.close()
    open_by_the_site.close()

    settings["DATABASE_URL"] = f"sqlite:///{copy}"
    assert EMAIL in users(sqlite_project, settings, "list")
    uv(sqlite_project, "run", "flask", "db", "check", **settings)
