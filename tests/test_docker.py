"""The image and the compose file are correct with every answer; needs no engine.

`tests/containers` builds and starts them if a Docker engine is running.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler
from http.server import HTTPServer
from itertools import product
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from tests.support.facts.answers import DATABASES
from tests.support.facts.answers import SERVERS
from tests.support.rendering import attempt
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import said

QUESTIONS = yaml.safe_load((ROOT / "copier.yml").read_text())
COMBINATIONS = list(product(DATABASES, SERVERS, (True, False)))
SECRETS = {
    "SECRET_KEY": "k" * 48,
    "DATABASE_PASSWORD": "p",
    "SITE_URL": "https://example.com",
}


@pytest.fixture(scope="module")
def rendered(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str, bool], Path]:
    """Return a function that renders a combination, once."""
    render = Renderer(template, tmp_path_factory.mktemp("docker"))
    return cache(
        lambda database, server, auth: render(
            database=database, server=server, auth=auth
        )
    )


@pytest.fixture(
    params=COMBINATIONS,
    ids=[
        f"{database},{server},{'accounts' if auth else 'plain'}"
        for database, server, auth in COMBINATIONS
    ],
)
def project(
    request: pytest.FixtureRequest, rendered: Callable[[str, str, bool], Path]
) -> Path:
    return rendered(*request.param)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def compose_of(
    database: str, rendered: Callable[[str, str, bool], Path]
) -> dict[str, Any]:
    return read(rendered(database, "gunicorn", True) / "compose.yaml")


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def test_the_compose_file_names_no_version(project: Path) -> None:
    # Compose warns that `version` is obsolete.
    assert "version" not in read(project / "compose.yaml")


def test_compose_names_the_variable_that_is_missing(
    project: Path, compose: tuple[str, ...]
) -> None:
    for name in required(project):
        done = attempt(project, *compose, **{**SECRETS, name: ""})

        assert done.returncode
        assert f"{name} is missing a value: must be set in .env" in said(done)


def test_only_the_secrets_and_the_address_must_be_set(project: Path) -> None:
    text = (project / "compose.yaml").read_text()
    with_default = set(re.findall(r"\${(\w+):-[^}]*}", text))
    secrets = {"SECRET_KEY", "SITE_URL"}
    if "database:" in text.split("\nservices:")[1]:
        secrets.add("DATABASE_PASSWORD")

    assert required(project) == secrets
    assert text.count("${") - text.count("${...}") == (
        len(required(project)) + len(with_default)
    )


def required(project: Path) -> set[str]:
    text = (project / "compose.yaml").read_text()
    return set(re.findall(r"\${(\w+):\?must be set in \.env, to [^}]+}", text))


def test_compose_sets_variables_that_the_project_knows(project: Path) -> None:
    compose = read(project / "compose.yaml")
    known = set(re.findall(r"(?m)^#?(\w+)=", (project / ".env.example").read_text()))

    assert set(compose["services"]["web"]["environment"]) <= known
    assert "SITE_URL" in compose["services"]["web"]["environment"]
    assert ("REDIS_URL" in known) is (
        "REDIS_URL" in compose["services"]["web"]["environment"]
    )


@pytest.mark.parametrize(
    ("server", "command"),
    [
        ("gunicorn", ["gunicorn", "run:app"]),
        ("gunicorn-gevent", ["gunicorn", "run:app"]),
        ("granian", ["python", "serve.py"]),
    ],
)
def test_each_server_has_its_command(
    server: str, command: list[str], rendered: Callable[[str, str, bool], Path]
) -> None:
    project = rendered("sqlite", server, True)
    *_, last = (project / "Dockerfile").read_text().splitlines()

    assert json.loads(last.removeprefix("CMD ")) == command
    assert (project / command[-1].replace("run:app", "run.py")).exists()


@pytest.mark.parametrize(
    ("status", "healthy"),
    [(200, True), (204, False), (302, False), (404, False), (500, False), (503, False)],
)
def test_the_probe_accepts_only_status_200(
    status: int, healthy: bool, rendered: Callable[[str, str, bool], Path]
) -> None:
    class Application(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/api/ready" else 404)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Application) as server:
        server.timeout = 10
        thread = Thread(target=server.handle_request)
        thread.start()
        done = probe(rendered("sqlite", "gunicorn", True), server.server_port)
        thread.join()

    assert (done.returncode == 0) is healthy


@pytest.mark.parametrize("listens", [True, False], ids=["it hangs", "nobody is there"])
def test_the_probe_fails_if_the_server_does_not_answer(
    listens: bool, rendered: Callable[[str, str, bool], Path]
) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listens:
            server.listen()
        done = probe(rendered("sqlite", "gunicorn", True), server.getsockname()[1])

    assert done.returncode == 1


def probe(project: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Run the command of HEALTHCHECK with proxy variables set."""
    text = (project / "Dockerfile").read_text()
    (command,) = re.findall(r"(?m)^HEALTHCHECK .*\\\n +CMD (\[.*\])$", text)
    python, *arguments = json.loads(command)
    assert python == "python"

    proxy = {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    return attempt(project, sys.executable, *arguments, PORT=str(port), **proxy)


def test_reading_the_dockerfile_needs_no_registry(project: Path) -> None:
    assert "syntax=" not in (project / "Dockerfile").read_text()


def test_the_python_of_the_image_fits_every_answer(project: Path) -> None:
    newest = QUESTIONS["python_version"]["choices"][-1]

    assert f"\nARG PYTHON_VERSION={newest}\n" in (project / "Dockerfile").read_text()


def test_no_service_has_added_privileges(
    database: str, compose_of: dict[str, Any]
) -> None:
    services = compose_of["services"]

    assert services["mailbox"].pop("profiles") == ["mail"]
    assert not any("profiles" in service for service in services.values())
    assert set(services) == {"web", "migrate", "mailbox", "database"} - (
        {"database"} if database == "sqlite" else set()
    )
    for name, service in services.items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
        # The database images start as root, to change the owner of the volume.
        more = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
        assert set(service.get("cap_add", [])) == (
            more if name == "database" else set()
        )


def test_each_service_has_limits_on_memory_and_processes(
    compose_of: dict[str, Any],
) -> None:
    services = compose_of["services"]
    assert services.pop("mailbox")["mem_limit"] == "256m"
    for name, service in services.items():
        variable = "DATABASE_MEMORY" if name == "database" else "WEB_MEMORY"
        assert service["mem_limit"] == f"${{{variable}:-1g}}"
        assert service["pids_limit"] == 512


def test_the_server_is_reachable_from_the_host_only(compose_of: dict[str, Any]) -> None:
    published = {
        name: service.get("ports") for name, service in compose_of["services"].items()
    }

    assert published.pop("web") == ["127.0.0.1:${PORT:-8000}:8000"]
    assert all(port.startswith("127.0.0.1:") for port in published.pop("mailbox"))
    assert not any(published.values())


def test_migrations_run_once_and_first(
    database: str, compose_of: dict[str, Any]
) -> None:
    web, migrate = (compose_of["services"][name] for name in ("web", "migrate"))

    assert web["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert migrate["command"] == ["flask", "db", "upgrade"]
    assert "restart" not in migrate
    assert "command" not in web
    if database != "sqlite":
        assert migrate["depends_on"]["database"]["condition"] == "service_healthy"
        assert "healthcheck" in compose_of["services"]["database"]


def test_data_survives_the_removal_of_containers(
    database: str, compose_of: dict[str, Any]
) -> None:
    services = compose_of["services"]
    (name,) = compose_of["volumes"]
    mounts = {
        service: [mount.split(":")[0] for mount in content.get("volumes", [])]
        for service, content in services.items()
    }

    assert mounts == (
        {"web": [name], "migrate": [name], "mailbox": []}
        if database == "sqlite"
        else {"web": [], "migrate": [], "mailbox": [], "database": [name]}
    )


def test_a_stop_leaves_time_for_running_requests(
    rendered: Callable[[str, str, bool], Path],
) -> None:
    project = rendered("sqlite", "gunicorn", True)
    settings = (project / "gunicorn.conf.py").read_text()
    graceful = int(re.findall(r"(?m)^graceful_timeout = (\d+)$", settings)[0])
    web = read(project / "compose.yaml")["services"]["web"]

    assert int(web["stop_grace_period"].removesuffix("s")) > graceful


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("app/__init__.py", True),
        ("app/static/css/style.css", True),
        ("app/templates/base.html", True),
        ("app/site.toml", True),
        ("migrations/versions/5a0e1f7c2b64_accounts.py", True),
        ("migrations/script.py.mako", True),
        ("config.py", True),
        ("run.py", True),
        ("gunicorn.conf.py", True),
        ("serve.py", True),
        ("pyproject.toml", True),
        ("uv.lock", True),
        (".env", False),
        (".env.example", False),
        (".env.production", False),
        (".flaskenv", False),
        ("app/.env", False),
        ("app/local/.env.backup", False),
        (".git/config", False),
        (".github/workflows/ci.yml", False),
        (".gitlab-ci.yml", False),
        (".venv/bin/python", False),
        ("instance/secret_key", False),
        ("instance/app.db", False),
        ("app.db", False),
        ("app/app.db", False),
        ("app/app.db-wal", False),
        ("migrations/old/app.db-shm", False),
        ("app/__pycache__/models.cpython-314.pyc", False),
        ("config.pyc", False),
        ("tests/conftest.py", False),
        ("docs/first-page.md", False),
        ("compose.yaml", False),
        ("Dockerfile", False),
        ("id_ed25519", False),
        ("dump.sql", False),
    ],
)
def test_the_build_context_has_only_what_the_image_needs(
    name: str, wanted: bool
) -> None:
    assert reaches_the_image(name) is wanted


def reaches_the_image(name: str) -> bool:
    """Decide as Docker does: by the last pattern that matches the path or a parent."""
    reaches = True
    for line in (ROOT / "template/.dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = re.escape(line.removeprefix("!"))
        for mark, meaning in (
            (r"\*\*/", "(.*/)?"),
            (r"\*", "[^/]*"),
            (r"\[", "["),
            (r"\]", "]"),
        ):
            pattern = pattern.replace(mark, meaning)
        if re.fullmatch(f"{pattern}(/.*)?", name):
            reaches = line.startswith("!")
    return reaches
