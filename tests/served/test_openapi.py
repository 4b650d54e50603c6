"""The document of the API is true: Schemathesis, and a client that is made from it.

Schemathesis sends what the document allows and what it does not, and compares the
answers with it. A finding is corrected in the API. A push has a few requests for each
operation, on gunicorn, and one caller who tries the limits of all values. --all has
more requests, both databases and all phases for each caller, and all servers.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.served.openapi_reading import Document
from tests.served.openapi_reading import requests_of
from tests.served.openapi_reading import undescribed
from tests.served.openapi_reading import with_text
from tests.support import options
from tests.support.facts.answers import SERVERS
from tests.support.rendering import BIN
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.running.database_servers import postgresql
from tests.support.running.projects import free_port
from tests.support.running.projects import get
from tests.support.running.projects import on_loopback
from tests.support.running.projects import program
from tests.support.running.projects import served
from tests.support.sampling import at_night

EVERYTHING = options.chosen.everything
EXAMPLES = 30 if EVERYTHING else 3  # for each operation
PHASES = ("examples", "coverage", "fuzzing", "stateful")

DATABASES = ("sqlite", "postgresql")
# The administrator last: it deletes accounts.
BOSS = "administrator"
CALLERS = ("stranger", "read token", "account", BOSS)
RUNS = [(database, caller) for database in DATABASES for caller in CALLERS]
# Of a push: each caller, and each database with a caller that changes rows.
SOME = [*RUNS[:3], RUNS[-1]]

# The callers, and rows to change and delete. Schemathesis follows the first entry of a
# list: no order and no filter puts a caller there. openapi_values.py has the same ids.
PREPARE = """
import json
from app.accounts import api_tokens
from app.extensions import db
from app.models import User
from run import app

BOSS, ADA = 1_000_000, 1_000_001
USERS = [User(email=f"{'az'[number % 2]}{number}@example.com") for number in range(50)]
BEYOND = [User(id=ADA + number, email=f"z{number}@example.org") for number in (1, 2)]
CALLERS = [User(id=BOSS, email="m1@example.com"), User(id=ADA, email="m2@example.com")]

with app.app_context():
    for some in USERS, BEYOND, CALLERS:
        for number, user in enumerate(some):
            user.password_hash, user.is_admin = "", number % 2 == 0
        db.session.add_all(some)
        db.session.commit()
    tokens = {
        "read token": api_tokens.create(BOSS, "mine", api_tokens.READ, None),
        "account": api_tokens.create(ADA, "mine", api_tokens.READ_WRITE, None),
        "administrator": api_tokens.create(BOSS, "mine", api_tokens.READ_WRITE, None),
    }
    for number in range(50):
        api_tokens.create((ADA, BOSS)[number % 2], "spare", api_tokens.READ, None)
print(json.dumps(tokens))
"""

# What the tables hold, except when a token was used last.
ROWS = """
import sqlalchemy as sa
from app.extensions import db
from run import app

with app.app_context():
    known = sa.MetaData()
    known.reflect(db.engine)
    for name, table in known.tables.items():
        columns = [column for column in table.c if column.name != "last_used_at"]
        for row in db.session.execute(sa.select(*columns)):
            print(name, [str(value) for value in row])
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
    project: Path
    environment: dict[str, str]

    def script(self, text: str) -> list[str]:
        """Run a program in the project, and return the lines that it prints."""
        python = str(self.project / ".venv/bin/python")
        return run(self.project, python, "-c", text, **self.environment).splitlines()

    def rows(self) -> list[str]:
        return sorted(self.script(ROWS))

    def document(self) -> Document:
        found: Document = json.loads(get(f"{self.url}/api/v1/openapi.json").text)
        return found


@contextlib.contextmanager
def serving(project: Path, database: str, server: str) -> Iterator[Site]:
    """Serve a project with accounts, tokens and spare rows, if it has accounts."""
    environment = {
        "APP_CONFIG": "development",
        "DATABASE_URL": database,
        "PATH": f"{project / '.venv/bin'}:/usr/bin:/bin",
        "PORT": str(free_port()),
        # Cheap, and enough for the requests of one run.
        "FLASK_HASH_METHOD": "pbkdf2:sha256:1",
        "FLASK_API_TOKEN_LIMIT": "1000000 per hour",
        "FLASK_API_NETWORK_LIMIT": "1000000 per hour",
    }
    site = Site("", {}, project, environment)
    run(project, str(project / ".venv/bin/flask"), "db", "upgrade", **environment)
    if (project / "app/accounts").exists():
        site.tokens = json.loads(site.script(PREPARE)[-1])
    with served(project, *on_loopback(project, server), **environment) as started:
        site.url = started.url
        yield site


@pytest.fixture(scope="module")
def sites(
    installed: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Site]]:
    """Return a function: `sites("sqlite")` serves a project with accounts, once."""
    started: dict[tuple[str, str], Site] = {}
    with contextlib.ExitStack() as stack:

        def site(database: str = "sqlite", server: str = "gunicorn") -> Site:
            if (database, server) not in started:
                # Its driver comes with the answer; SQLite needs none.
                project = installed(preset="api", database="postgresql", server=server)
                address = f"sqlite:///{tmp_path_factory.mktemp('site') / 'app.db'}"
                if database == "postgresql":
                    running = stack.enter_context(postgresql())
                    address = running.database("site")
                which = serving(project, address, server)
                started[database, server] = stack.enter_context(which)
            return started[database, server]

        yield site


def check(site: Site, caller: str, folder: Path) -> int:
    """Run all checks of Schemathesis, and return the number of requests."""
    # On a push, the hundreds of requests at the limits of values for one caller only.
    every = EVERYTHING or caller == BOSS or not site.tokens
    phases = [name for name in PHASES if every or name != "coverage"]
    command = [
        program("schemathesis", str(BIN)),
        f"--config-file={ROOT / 'tests/served/schemathesis.toml'}",
        "run",
        f"{site.url}/api/v1/openapi.json",
        "--checks=all",
        f"--phases={','.join(phases)}",
        f"--max-examples={EXAMPLES}",
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
    (cases,) = re.findall(r"(\d+) generated", done.stdout)
    return int(cases)


def still_valid(site: Site, caller: str) -> bool:
    """Return whether the token of a caller still reads the accounts."""
    headers = f"Authorization: Bearer {site.tokens[caller]}"
    ask = [program("curl"), "-s", "-o", os.devnull, "-w", "%{http_code}", "-H", headers]
    return run(site.project, *ask, f"{site.url}/api/v1/users") == "200"


def is_true_for(site: Site, caller: str, folder: Path) -> int:
    """Check the document for a caller, and what it did; return the requests."""
    before = site.rows()
    cases = check(site, caller, folder)
    after = site.rows()

    if caller in {"stranger", "read token"}:
        assert after == before
    else:
        # Else all its requests were refused, and nothing was compared.
        assert after != before
    assert caller == "stranger" or still_valid(site, caller), "it revoked its own token"
    return cases


def test_everything_in_the_document_is_described(sites: Callable[..., Site]) -> None:
    document, listed = sites().document(), get(f"{sites().url}/api/v1/problems").text

    assert not undescribed(document)
    # Each type of problem that has a page is at its status.
    answers = document["components"]["responses"].values()
    said = "".join(answer["description"] for answer in answers)
    names = re.findall(r"<h2>([a-z-]+)</h2>", listed)
    assert names
    for name in names:
        assert re.search(rf"- `{name}`: \w+ \w+", said), name


def test_a_description_that_is_missing_is_found(
    sites: Callable[..., Site], record_property: Callable[[str, object], None]
) -> None:
    document = sites().document()
    parts = with_text([document["paths"], document["components"]["responses"]])
    record_property("planted faults", len(parts))

    for part in parts:
        text, part["description"] = part["description"], ""
        assert undescribed(document), part
        part["description"] = text


def run_all(site: Site, folder: Path) -> int:
    """Send each request of the page as it is to be copied; return their number."""
    page = get(f"{site.url}/api/v1/docs").text
    number = 0
    for name, language, command in requests_of(page, site.tokens.get(BOSS, "")):
        said = run(folder, *command)
        if language == "curl":
            assert said[-3:] in {"200", "201", "204"}, name
        number += 1
    return number


def test_each_request_of_the_page_can_be_copied(
    sites: Callable[..., Site], tmp_path: Path
) -> None:
    site = sites()
    program("curl")
    before = site.rows()

    number = run_all(site, tmp_path)

    assert number == 2 * json.dumps(site.document()).count('"operationId"')
    changed = set(site.rows()) ^ set(before)
    for made in ("curl@example.com", "python@example.com", "'backup'"):
        assert any(made in row for row in changed), made


@pytest.mark.parametrize(("database", "caller"), RUNS if EVERYTHING else SOME)
def test_the_api_is_as_its_document_says(
    database: str,
    caller: str,
    sites: Callable[..., Site],
    tmp_path: Path,
    measured: Callable[[str], None],
) -> None:
    cases = is_true_for(sites(database), caller, tmp_path)

    measured(f"Schemathesis: {cases} requests as {caller}, {database}")


@at_night("a push has gunicorn only")
@pytest.mark.parametrize("server", [name for name in SERVERS if name != "gunicorn"])
def test_the_api_is_as_its_document_says_on_each_server(
    server: str, sites: Callable[..., Site], tmp_path: Path
) -> None:
    assert is_true_for(sites(server=server), BOSS, tmp_path)


@pytest.mark.parametrize("server", SERVERS if EVERYTHING else SERVERS[:1])
def test_an_api_without_accounts_is_as_its_document_says(
    server: str, installed: Callable[..., Path], tmp_path: Path
) -> None:
    project = installed(preset="minimal", api=True, server=server)

    with serving(project, f"sqlite:///{tmp_path / 'app.db'}", server) as site:
        assert check(site, "stranger", tmp_path)
        assert not undescribed(site.document())
        assert run_all(site, tmp_path)


def test_a_client_made_from_the_document_has_types_and_works(
    sites: Callable[..., Site], tmp_path: Path
) -> None:
    site = sites()
    generator = program("openapi-python-client", str(BIN))
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(site.document()))
    made = ["--meta=none", "--output-path=api_client", "--fail-on-warning"]
    run(tmp_path, generator, "generate", f"--path={document}", *made)
    (tmp_path / "use.py").write_text(CLIENT)

    # client.py is the same for each document, and not strict in 0.29.
    strict = ["--strict", "--follow-imports=silent"]
    parts = ["use.py", "api_client/models", "api_client/api"]
    run(tmp_path, sys.executable, "-m", "mypy", *strict, *parts)
    address, token = f"{site.url}/api/v1", site.tokens[BOSS]
    said = run(tmp_path, sys.executable, "use.py", address, token)

    assert said.strip() == "new@example.com"
