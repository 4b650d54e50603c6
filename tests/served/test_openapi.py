"""The document of the API is true: Schemathesis, and a client that is made from it.

Schemathesis sends what the document allows and what it does not, and compares the
answers with it. A finding is mended in the API.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.browsers.client import make_account
from tests.support.facts.answers import SERVERS
from tests.support.rendering import BIN
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.running.projects import free_port
from tests.support.running.projects import get
from tests.support.running.projects import on_loopback
from tests.support.running.projects import served

BOSS, ADA = "boss@example.com", "ada@example.com"
CALLERS = ("stranger", "account", "administrator", "read token")

# Ids that no generated path has: nobody deletes who asks.
PREPARE = """
import json
import sqlalchemy as sa
from app.accounts import api_tokens
from app.extensions import db
from app.models import User
from run import app

tokens = {}
with app.app_context():
    for number, (caller, email, scopes) in enumerate([
        ("account", "ada@example.com", "read write"),
        ("administrator", "boss@example.com", "read write"),
        ("read token", "boss@example.com", "read"),
    ]):
        user = sa.select(User.id).where(User.email == email)
        given = db.session.scalar(user)
        if given < 1000:
            change = sa.update(User).where(User.id == given)
            db.session.execute(change.values(id=given + 1_000_003))
            db.session.commit()
        text = api_tokens.create(db.session.scalar(user), caller, scopes, None)
        row = api_tokens.row_of(text)
        row.id = 1_000_003 + number
        db.session.commit()
        tokens[caller] = text
print(json.dumps(tokens))
"""

CLIENT = """
from __future__ import annotations

import sys

from api_client import AuthenticatedClient
from api_client.api.users import create_user
from api_client.api.users import get_user
from api_client.api.users import list_users
from api_client.models import UserIn
from api_client.models import UserOut

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
new = UserIn(email="new@example.com", password="correct horse battery staple")
made = create_user.sync(client=client, body=new)
assert isinstance(made, UserOut), made
found = list_users.sync(client=client, q="new@")
assert isinstance(found, list), found
one: UserOut = found[0]
again = get_user.sync(one.id, client=client)
assert isinstance(again, UserOut), again
print(again.email)
"""


@dataclass
class Site:
    """A served project, and the tokens of its callers."""

    url: str
    tokens: dict[str, str]
    database: Path


@contextlib.contextmanager
def serving(project: Path, tmp_path: Path, server: str) -> Iterator[Site]:
    """Serve a project with an administrator and another account, if it has any."""
    database = tmp_path / "app.db"
    environment = {
        "APP_CONFIG": "development",
        "DATABASE_URL": f"sqlite:///{database}",
        "PATH": f"{project / '.venv/bin'}:/usr/bin:/bin",
        "PORT": str(free_port()),
        # Cheap, and enough for the requests of one run.
        "FLASK_HASH_METHOD": "pbkdf2:sha256:1",
        "FLASK_API_TOKEN_LIMIT": "1000000 per hour",
        "FLASK_API_NETWORK_LIMIT": "1000000 per hour",
    }
    flask = str(project / ".venv/bin/flask")
    run(project, flask, "db", "upgrade", **environment)
    tokens = {}
    if (project / "app/accounts").exists():
        make_account(project, environment, "--admin", email=BOSS)
        make_account(project, environment, email=ADA)
        python = str(project / ".venv/bin/python")
        made = run(project, python, "-c", PREPARE, **environment)
        tokens = json.loads(made.splitlines()[-1])
    with served(project, *on_loopback(project, server), **environment) as started:
        yield Site(started.url, tokens, database)


def program(name: str) -> str:
    """Return the path of a tool of requirements-dev.txt; skip a test without it."""
    found = shutil.which(name, path=f"{BIN}:{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def check(site: Site, caller: str, folder: Path) -> str:
    """Run all checks of Schemathesis, and return what it prints."""
    command = [
        program("schemathesis"),
        f"--config-file={ROOT / 'tests/served/schemathesis.toml'}",
        "run",
        f"{site.url}/api/v1/openapi.json",
        "--checks=all",
        "--max-examples=30",
        "--seed=1",
        "--continue-on-failure",
        "--request-timeout=60",
    ]
    if token := site.tokens.get(caller):
        command.append(f"--header=Authorization: Bearer {token}")
    hooks = {"SCHEMATHESIS_HOOKS": "tests.served.openapi_values"}
    path = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **hooks, **path},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(database: Path) -> list[str]:
    """Return what the tables hold, but for the time at which a token was used."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return [line for line in connection.iterdump() if '"api_tokens"' not in line]


@pytest.mark.parametrize("caller", CALLERS)
def test_the_api_is_as_its_document_says(
    caller: str,
    installed: Callable[..., Path],
    tmp_path: Path,
    measured: Callable[[str], None],
) -> None:
    project = installed(preset="api")
    with serving(project, tmp_path, "gunicorn") as site:
        before = rows(site.database)
        said = check(site, caller, tmp_path)
        after = rows(site.database)

    if caller in {"stranger", "read token"}:
        assert after == before
    if caller == "administrator":
        # Else all its requests were refused, and nothing was compared.
        assert after != before
    (cases,) = re.findall(r"(\d+) generated", said)
    measured(f"Schemathesis: {cases} requests as {caller}")


@pytest.mark.parametrize("server", SERVERS)
def test_an_api_without_accounts_is_as_its_document_says(
    server: str, installed: Callable[..., Path], tmp_path: Path
) -> None:
    project = installed(preset="minimal", api=True, server=server)

    with serving(project, tmp_path, server) as site:
        check(site, "stranger", tmp_path)


def test_a_client_made_from_the_document_has_types_and_works(
    installed: Callable[..., Path], tmp_path: Path
) -> None:
    generator = program("openapi-python-client")
    with serving(installed(preset="api"), tmp_path, "gunicorn") as site:
        document = tmp_path / "openapi.json"
        document.write_text(get(f"{site.url}/api/v1/openapi.json").text)
        made = ["--meta=none", "--output-path=api_client", "--fail-on-warning"]
        run(tmp_path, generator, "generate", f"--path={document}", *made)
        (tmp_path / "use.py").write_text(CLIENT)

        # client.py is the same for each document, and not strict in 0.29.
        strict = ["--strict", "--follow-imports=silent"]
        parts = ["use.py", "api_client/models", "api_client/api"]
        run(tmp_path, sys.executable, "-m", "mypy", *strict, *parts)
        address = f"{site.url}/api/v1"
        token = site.tokens["administrator"]
        said = run(tmp_path, sys.executable, "use.py", address, token)

    assert said.strip() == "new@example.com"
