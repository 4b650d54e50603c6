"""The backups of docs/deploying.md: made, and restored over a database that changed."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

from projects import uv
from rendering import run
from services import DatabaseServer

EMAILS = ("ada@example.com", "lost@example.com", "later@example.com")


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


def test_a_backup_of_a_server_brings_back_what_was_there(
    server: DatabaseServer, project: Path, tmp_path: Path
) -> None:
    settings = {"APP_CONFIG": "development", "DATABASE_URL": server.database("app")}
    uv(project, "run", "flask", "db", "upgrade", **settings)
    for email in EMAILS[:2]:
        create(project, settings, email)
    dump, *restore = commands(project, "app")
    assert len(restore) >= 2

    shell(server, dump, tmp_path)
    users(project, settings, "deactivate", EMAILS[1])
    create(project, settings, EMAILS[2])
    # What a release has made that failed.
    server.sql("CREATE TABLE later (id int)", "app")
    for command in restore:
        shell(server, command, tmp_path)

    listed = users(project, settings, "list")
    assert [email in listed for email in EMAILS] == [True, True, False]
    assert "inactive" not in listed
    # `later` is gone, or else this would be something to drop.
    uv(project, "run", "flask", "db", "check", **settings)


def shell(server: DatabaseServer, command: str, folder: Path) -> None:
    """Run a command of the page as the administrator of the test's server."""
    port = str(urlsplit(server.address).port)
    client = Path(server.client[0]).parent
    where = f"--no-defaults -h127.0.0.1 -P{port} -uroot"
    command = command.removeprefix("sudo ").removeprefix("-u postgres ")
    command = command.replace("--owner=app ", "")
    command = re.sub(r"^(mariadb(-dump)?) ", rf"\1 {where} ", command)
    run(
        folder, "sh", "-c", command,
        PATH=f"{client}:{os.environ['PATH']}",
        PGHOST="127.0.0.1", PGPORT=port, PGUSER="postgres",
    )  # fmt: skip


def test_a_backup_of_sqlite_is_whole_while_the_site_writes(
    sqlite_project: Path, tmp_path: Path
) -> None:
    database, copy = tmp_path / "app.db", tmp_path / "copy.db"
    settings = {"APP_CONFIG": "development", "DATABASE_URL": f"sqlite:///{database}"}
    uv(sqlite_project, "run", "flask", "db", "upgrade", **settings)
    create(sqlite_project, settings, EMAILS[0])
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
    assert EMAILS[0] in users(sqlite_project, settings, "list")
    uv(sqlite_project, "run", "flask", "db", "check", **settings)
