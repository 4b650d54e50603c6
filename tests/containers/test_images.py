"""Images that are built, started and probed: each database, and each server."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.containers import engine
from tests.containers.engine import Stack
from tests.support.rendering import attempt
from tests.support.rendering import Renderer
from tests.support.rendering import said
from tests.support.running.projects import get

PAIRS: dict[str, dict[str, object]] = {
    "sqlite,gunicorn": {"database": "sqlite", "server": "gunicorn"},
    "postgresql,gunicorn-gevent": {
        "database": "postgresql",
        "server": "gunicorn-gevent",
    },
    "postgresql,granian": {
        "database": "postgresql",
        "server": "granian",
        "auth": False,
    },
    "mysql,gunicorn": {"database": "mysql", "server": "gunicorn"},
}

missing = engine.missing_engine()
pytestmark = pytest.mark.skipif(bool(missing), reason=missing or "there is one")


@pytest.fixture(scope="module", params=PAIRS)
def stack(
    request: pytest.FixtureRequest,
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """A project that is up, with one database and one server."""
    folder = tmp_path_factory.mktemp("containers")
    project = Renderer(template, folder)(**PAIRS[request.param])
    if reason := engine.missing_image(project):
        pytest.skip(reason)

    name = f"copier-flask-{os.getpid()}-{list(PAIRS).index(request.param)}"
    with engine.taken_down(engine.prepared(project), name) as stack:
        stack.up()
        yield stack


@pytest.fixture
def services(stack: Stack) -> list[str]:
    return stack.compose("config", "--services").split()


def test_pages_files_and_probes_are_served(stack: Stack) -> None:
    page, ready = get(stack.url), get(f"{stack.url}/api/ready")
    style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    sheet = get(stack.url + style)
    log_in = get(f"{stack.url}/auth/login")
    accounts = (stack.project / "app/accounts").exists()

    assert (page.status, ready.status, sheet.status) == (200, 200, 200)
    assert json.loads(ready.text) == {"status": "ok"}
    # Names of headers differ in their case between servers.
    assert (
        "immutable" in {k.lower(): v for k, v in sheet.headers.items()}["cache-control"]
    )
    assert log_in.status == (200 if accounts else 404)


def test_nothing_runs_as_root_or_may_become_it(
    stack: Stack, services: list[str]
) -> None:
    for service in set(services) - {"migrate"}:
        status = dict(
            line.split(":\t", 1)
            for line in stack.inside("cat", "/proc/1/status", service=service).split(
                "\n"
            )
            if ":\t" in line
        )

        assert "0" not in status["Uid"].split()
        assert int(status["CapEff"], 16) == 0
        # The database had some at its start and cannot get them again.
        assert service == "database" or int(status["CapBnd"], 16) == 0
        assert status["NoNewPrivs"] == "1"

    assert stack.image()["Config"]["User"] == "10001"
    assert stack.python("import os; print(os.getuid())").strip() == "10001"


def test_the_root_file_system_cannot_be_written(
    stack: Stack, services: list[str]
) -> None:
    for service in services:
        assert stack.container(service)["HostConfig"]["ReadonlyRootfs"]

    for path in ("/app/new", "/venv/new", "/new", "/home/new"):
        done = stack.attempt("exec", "--no-TTY", "web", "touch", path)
        assert done.returncode
    stack.inside("touch", "/tmp/new")  # noqa: S108  # in the container


def test_memory_and_processes_have_limits(stack: Stack, services: list[str]) -> None:
    for service in services:
        limits = stack.container(service)["HostConfig"]
        assert limits["Memory"] == 1024**3
        assert limits["PidsLimit"] == 512


def test_too_many_processes_and_too_much_memory_end_in_the_container(
    stack: Stack,
) -> None:
    greedy = stack.attempt("exec", "--no-TTY", "web", "python", "-c", TOO_MUCH_MEMORY)
    many = stack.python(TOO_MANY_PROCESSES)

    assert greedy.returncode
    assert int(many) < 512
    stack.wait_for_health("healthy")
    assert get(f"{stack.url}/api/ready").status == 200


TOO_MUCH_MEMORY = "held = [bytearray(b'x' * 1024**2) for _ in range(3 * 1024)]"
TOO_MANY_PROCESSES = """
import subprocess
started = []
try:
    for _ in range(600):
        started.append(subprocess.Popen(["sleep", "60"]))
except OSError:
    pass
print(len(started))
for process in started:
    process.kill()
    process.wait()
"""


def test_only_the_host_reaches_the_server_and_nothing_outside_reaches_the_database(
    stack: Stack, services: list[str]
) -> None:
    for service in services:
        ports = stack.container(service)["NetworkSettings"]["Ports"]
        opened = [port for ports in ports.values() for port in ports or []]

        assert opened == (
            [{"HostIp": "127.0.0.1", "HostPort": str(stack.port)}]
            if service == "web"
            else []
        )


def test_the_image_holds_the_program_and_nothing_else(stack: Stack) -> None:
    held = set(stack.inside("find", "/app", "-type", "f").split())
    expected = {
        f"/app/{path.relative_to(stack.project)}"
        for folder in ("app", "migrations")
        for path in (stack.project / folder).rglob("*")
        if path.is_file()
    } | {
        f"/app/{path.name}"
        for path in stack.project.iterdir()
        if path.suffix == ".py" or path.name in {"pyproject.toml", "uv.lock"}
    }
    private = {f"/app/{name}" for name in engine.PRIVATE}

    assert {name for name in held if "__pycache__" not in name} == expected - private
    assert expected & private
    which = "import shutil; print(shutil.which('uv'), shutil.which('gcc'))"
    assert stack.python(which).strip() == "None None"


def test_no_secret_is_in_the_image(stack: Stack) -> None:
    content = json.dumps(stack.image()["Config"])

    for secret in engine.SECRETS.values():
        assert json.dumps(secret)[1:-1] not in content


# A module without valid bytecode would be compiled at each start, because the file
# system is read-only. The header of a bytecode file has the time of its source.
BYTECODE = """
import pathlib, run, sys
stale = []
count = 0
for module in list(sys.modules.values()):
    spec = getattr(module, "__spec__", None)
    if spec and spec.cached and (spec.origin or "").startswith(("/app/", "/venv/")):
        count += 1
        cached = pathlib.Path(spec.cached)
        time = int(pathlib.Path(spec.origin).stat().st_mtime).to_bytes(4, "little")
        if not cached.exists() or cached.read_bytes()[8:12] != time:
            stale.append(spec.origin)
print(count, stale)
"""


def test_bytecode_is_there_and_valid(stack: Stack) -> None:
    count, stale = stack.python(BYTECODE).splitlines()[-1].split(" ", 1)

    assert int(count) > 200
    assert stale == "[]"


def test_migrations_ended_before_the_server_began(stack: Stack) -> None:
    migrate, web = (stack.container(name)["State"] for name in ("migrate", "web"))

    assert (migrate["Status"], migrate["ExitCode"]) == ("exited", 0)
    assert datetime.fromisoformat(migrate["FinishedAt"]) <= datetime.fromisoformat(
        web["StartedAt"]
    )
    assert "No new upgrade operations" in stack.inside("flask", "db", "check")


def test_a_hanging_server_is_unhealthy(stack: Stack) -> None:
    stack.wait_for_health("healthy")
    stack.python(signalled("SIGSTOP"))
    stack.wait_for_health("unhealthy")
    stack.python(signalled("SIGCONT"))
    stack.wait_for_health("healthy")


def signalled(signal: str) -> str:
    """Return code that sends a signal to all but the first process and itself."""
    return (
        "import os, signal\n"
        "for name in os.listdir('/proc'):\n"
        "    if name.isdigit() and int(name) not in (1, os.getpid()):\n"
        f"        os.kill(int(name), signal.{signal})\n"
    )


def test_a_server_without_its_database_is_unhealthy(
    stack: Stack, services: list[str]
) -> None:
    if "database" not in services:
        pytest.skip("SQLite is no service that could stop")

    stack.wait_for_health("healthy")
    stack.compose("stop", "database")
    stack.wait_for_health("unhealthy")
    stack.compose("start", "database")
    stack.wait_for_health("healthy")


def test_a_stop_is_clean_and_in_time(stack: Stack) -> None:
    stack.compose("stop", "web")
    state = stack.container("web")["State"]
    stack.compose("start", "web")
    stack.wait_for_health("healthy")

    # 137 is what is left of a process that did not end in time.
    assert state["ExitCode"] == 0


STATEMENTS = """
import run, sqlalchemy as sa, sys
from app.extensions import db
with run.app.app_context(), db.engine.begin() as connection:
    for row in [connection.execute(sa.text(text)) for text in sys.argv[1:]]:
        print(row.scalars().all() if row.returns_rows else "")
"""


def test_a_row_survives_the_removal_of_the_containers(stack: Stack) -> None:
    run = ("python", "-c", STATEMENTS)
    stack.inside(*run, "CREATE TABLE kept (n INTEGER)", "INSERT INTO kept VALUES (7)")

    stack.compose("down", "--timeout=40")
    stack.up()

    assert stack.inside(*run, "SELECT n FROM kept").splitlines()[-1] == "[7]"
    stack.inside(*run, "DROP TABLE kept")


def test_a_build_without_a_lock_file_says_what_to_do(render: Renderer) -> None:
    project = render()
    if reason := engine.missing_image(project):
        pytest.skip(reason)

    done = attempt(project, "docker", "build", "--progress=plain", ".")

    assert done.returncode
    assert "uv.lock is missing: run uv sync and commit uv.lock." in said(done)


def test_a_failed_migration_starts_no_server(render: Renderer) -> None:
    project = engine.prepared(render())
    if reason := engine.missing_image(project):
        pytest.skip(reason)
    broken = project / "migrations/versions/0_broken.py"
    broken.write_text("raise SystemExit('This revision is broken.')\n")

    with engine.taken_down(project, f"copier-flask-{os.getpid()}-broken") as stack:
        assert stack.attempt(*engine.UP).returncode
        assert "This revision is broken." in stack.log()
        assert stack.container("web")["State"]["Status"] == "created"
