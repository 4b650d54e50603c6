"""The production servers: limits, shutdown and refused starts."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.served.deployed import encodings
from tests.support.facts.answers import SERVERS
from tests.support.rendering import BIN
from tests.support.rendering import Renderer
from tests.support.rendering import said
from tests.support.running.projects import free_names
from tests.support.running.projects import free_port
from tests.support.running.projects import get
from tests.support.running.projects import on_loopback
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import refusal
from tests.support.running.projects import served
from tests.support.running.projects import Server
from tests.support.running.projects import until
from tests.support.running.projects import uv

# What the tests ask for. A view that waits for a file needs no clock to agree upon.
VIEWS = """
import gc
import os
import threading
import time
from pathlib import Path

from flask import Blueprint
from flask import current_app
from flask import request

from app.extensions import csrf

if os.environ.get("BREAK_THE_IMPORT"):
    import nowhere

bp = Blueprint("for_tests", __name__, url_prefix="/for-tests")
inside = most = 0
own = threading.local()


def wait_for(path):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not Path(path).exists():
        time.sleep(0.02)
    return "released" if Path(path).exists() else "left alone"


@bp.get("/pid")
def pid():
    return str(os.getpid())


@bp.get("/collector")
def collector():
    app = current_app._get_current_object()
    return {
        "enabled": gc.isenabled(),
        "frozen": gc.get_freeze_count(),
        "app is frozen": all(each is not app for each in gc.get_objects()),
    }


@bp.get("/held")
def held():
    Path(request.args["started"]).touch()
    return wait_for(request.args["release"])


@bp.get("/stream")
def stream():
    def parts():
        yield "first "
        yield wait_for(release)

    release = request.args["release"]
    return parts()


@bp.get("/most")
def most_at_once():
    global inside, most
    inside += 1
    most = max(most, inside)
    time.sleep(0.5)
    inside -= 1
    return str(most)


@bp.get("/own/<name>")
def kept(name):
    own.name = name
    time.sleep(0.5)
    return own.name


@bp.get("/address")
def address():
    return request.remote_addr


@bp.post("/body")
@csrf.exempt
def body():
    return str(len(request.get_data()))
"""

# With preloading, where a server has it, and without.
WAYS = {
    "gunicorn": ("gunicorn", ""),
    "gunicorn without preload": ("gunicorn", "preload_app = False\n"),
    "gevent": ("gunicorn-gevent", ""),
    "gevent without preload": ("gunicorn-gevent", "preload_app = False\n"),
    "granian": ("granian", ""),
}
UV = (str(BIN / "uv"), "run", "--no-dev")

Projects = Callable[..., Path]


@dataclass
class Way:
    """One way to start a server in production."""

    server: str
    project: Path
    command: tuple[str, ...]

    def served(self, **environment: str) -> contextlib.AbstractContextManager[Server]:
        port = str(free_port())
        variables = {**settings(self.project), "PORT": port, **environment}
        return served(self.project, *self.command, **variables)


def settings(project: Path) -> dict[str, str]:
    database = project.parent / "production.db"
    return {**PRODUCTION, "DATABASE_URL": f"sqlite:///{database}"}


@pytest.fixture(scope="module")
def projects(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Projects:
    """Return a function that renders and installs the project of a server, once."""

    @cache
    def render_and_install(server: str, preset: str = "website") -> Path:
        project = Renderer(template, tmp_path_factory.mktemp(server))(
            server=server, preset=preset, project_slug="an-app"
        )
        uv(project, "sync", "--quiet", "--no-dev")
        if preset == "minimal":
            return project
        (project / "for_tests.py").write_text(VIEWS)
        with (project / "run.py").open("a") as run:
            run.write("\nfrom for_tests import bp\n\napp.register_blueprint(bp)\n")
        uv(project, "run", "--no-dev", "flask", "db", "upgrade", **settings(project))
        return project

    return render_and_install


def command(project: Path, server: str, more: str = "") -> tuple[str, ...]:
    return (*UV, *on_loopback(project, server, more))


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest, projects: Projects) -> Way:
    server, more = WAYS[request.param]
    project = projects(server)
    return Way(server, project, command(project, server, more))


@pytest.fixture(scope="module")
def running(way: Way) -> Iterator[Server]:
    # MonkeyPatchWarning, gevent's for a patch that comes too late, is one of these.
    with way.served(PYTHONWARNINGS="error::RuntimeWarning") as server:
        yield server


CLOSE = b"Host: 127.0.0.1\r\nConnection: close\r\n"
BODY = b"POST /for-tests/body HTTP/1.1\r\n" + CLOSE


def connected(server: Server) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=15)


def test_a_page_a_file_and_the_probes_are_answered(running: Server) -> None:
    page = get(running.url)
    style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    ready = get(f"{running.url}/api/ready")

    assert (page.status, get(running.url + style).status) == (200, 200)
    assert get(f"{running.url}/nowhere").status == 404
    assert json.loads(ready.text) == {"status": "ok"}
    for word in ("Warning", "Traceback", "[WARNING]", "[ERROR]"):
        assert word not in running.log.read_text()


def test_a_file_is_compressed_and_a_page_with_a_token_is_not(running: Server) -> None:
    assert encodings(running.url) == ["gzip", None]


@pytest.mark.parametrize("server", SERVERS)
def test_the_declared_packages_are_enough(server: str, projects: Projects) -> None:
    project = projects(server, "minimal")
    way = Way(server, project, command(project, server))

    with way.served() as running:
        assert get(f"{running.url}/api/ready").status == 200
    assert free_names(project) == {"an-app"}


NESTED = """
from gevent import monkey

monkey.patch_all()

from app.accounts import hashing

assert hashing.is_gevent()
print(hashing.run(lambda: hashing.run(str, "a")))
"""


def test_what_is_hashed_may_hash_too_on_gevent(projects: Projects) -> None:
    project = projects("gunicorn-gevent")

    assert uv(project, "run", "--no-dev", "python", "-c", NESTED) == "a\n"


@pytest.mark.parametrize("server", ["gunicorn-gevent", "granian"])
def test_types_are_strict_with_every_server(server: str, render: Renderer) -> None:
    # Of gunicorn with threads test_projects.py shows it.
    project = render(server=server, preset="minimal")
    name = "serve.py" if server == "granian" else "gunicorn.conf.py"

    uv(project, "run", "mypy", "--strict", name)


def test_a_garbage_collection_leaves_the_code_out(
    running: Server, request: pytest.FixtureRequest
) -> None:
    collector = json.loads(get(f"{running.url}/for-tests/collector").text)

    assert collector["enabled"]
    # The code of the libraries and of the project are many objects.
    assert collector["frozen"] > 50_000
    if request.node.callspec.params["way"] in ("gunicorn", "gevent"):
        assert collector["app is frozen"]


def test_a_body_without_a_length_arrives(running: Server) -> None:
    with connected(running) as client:
        client.sendall(BODY + b"Transfer-Encoding: chunked\r\n\r\n")
        client.sendall(b"5\r\nabcde\r\n4\r\nfghi\r\n0\r\n\r\n")
        assert received(client).endswith(b"9")


def test_a_stream_arrives_as_it_is_made(running: Server, tmp_path: Path) -> None:
    connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=30)
    connection.request("GET", f"/for-tests/stream?release={tmp_path / 'release'}")
    answer = connection.getresponse()

    # Had the server kept the first part, nothing would have released the second.
    first = answer.read(len("first "))
    (tmp_path / "release").touch()

    assert first + answer.read() == b"first released"
    connection.close()


def test_requests_at_once_share_nothing_that_is_local(running: Server) -> None:
    # Where gevent patches after the application is loaded, they do.
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(get, f"{running.url}/for-tests/own/{name}") for name in range(8)
        ]

    assert [answer.result().text for answer in asked] == list("01234567")


# How a request begins, and the rest, which comes byte by byte.
SLOW = {
    "headers": (
        b"GET /for-tests/pid HTTP/1.1\r\nConnection: close\r\n",
        b"Host: 127.0.0.1\r\n\r\n",
    ),
    "body": (
        BODY + b"Content-Length: 9\r\n\r\n",
        b"123456789",
    ),
}
# Fewer than the threads of one process, or many. docs/questions.md says the same.
# With accounts, two processes have 72 threads.
FEW, MANY = 3, 160
HOLDS = {
    ("gunicorn", "headers"): FEW,
    ("gunicorn", "body"): FEW,
    ("gunicorn-gevent", "headers"): MANY,
    ("gunicorn-gevent", "body"): MANY,
    ("granian", "headers"): MANY,
    ("granian", "body"): FEW,
}


@contextlib.contextmanager
def slow_clients(
    server: Server, kind: str, count: int
) -> Iterator[list[socket.socket]]:
    begun, rest = SLOW[kind]
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connected(server)) for _ in range(count)]
        for client in clients:
            client.sendall(begun)
        for byte in rest[:-1]:
            for client in clients:
                client.sendall(bytes([byte]))
        yield clients


def received(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65_536), b""))


def answers(server: Server, times: int = 1) -> bool:
    """Tell whether so many requests are each answered within 3 seconds."""
    for _ in range(times):
        try:
            with connected(server) as client:
                client.settimeout(3)
                client.sendall(b"GET /api/health HTTP/1.0\r\n\r\n")
                if b" 200 " not in client.recv(100):
                    return False
        except OSError:
            return False
    return True


@pytest.mark.parametrize("kind", SLOW)
def test_slow_clients_are_served_and_delay_no_others(
    running: Server, way: Way, kind: str
) -> None:
    with slow_clients(running, kind, HOLDS[way.server, kind]) as clients:
        assert answers(running, 8)

        for client in clients:
            client.sendall(SLOW[kind][1][-1:])
        for client in clients:
            assert b" 200 " in received(client)


def test_more_slow_bodies_than_threads_need_a_proxy(running: Server, way: Way) -> None:
    with slow_clients(running, "body", MANY):
        assert answers(running, 8) is (HOLDS[way.server, "body"] == MANY)

    until(lambda: answers(running, 4))


def test_a_stop_finishes_running_requests(way: Way, tmp_path: Path) -> None:
    started, release = tmp_path / "started", tmp_path / "release"
    with (
        way.served() as server,
        ThreadPoolExecutor(1) as pool,
        connected(server) as idle,
    ):
        # granian loses a stop signal while a worker starts.
        two_workers(server)
        until(lambda: way.server != "granian" or has_started(server))
        idle.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in idle.recv(1000)
        query = f"started={started}&release={release}"
        answer = pool.submit(get, f"{server.url}/for-tests/held?{query}")
        until(started.exists)

        server.process.send_signal(signal.SIGTERM)
        # gunicorn with threads lets new ones wait and closes them at its end, the
        # others refuse them.
        until(lambda: not answers(server))
        release.touch()

        assert (answer.result().status, answer.result().text) == (200, "released")
        assert server.process.wait(20) == 0
        assert server.left_nothing_running()


@pytest.mark.parametrize("way", ["gunicorn", "gevent", "granian"], indirect=True)
def test_a_stop_leaves_one_file_of_a_database(way: Way, tmp_path: Path) -> None:
    database = tmp_path / "production.db"
    with way.served(DATABASE_URL=f"sqlite:///{database}") as server:
        two_workers(server)
        until(lambda: way.server != "granian" or has_started(server))
        get(f"{server.url}/api/ready")
        assert database.with_name("production.db-wal").exists()
        server.stop()

    assert [path.name for path in tmp_path.iterdir()] == ["production.db"]


def has_started(server: Server) -> bool:
    return server.log.read_text().count("Started worker-") == 2


@pytest.mark.parametrize("way", ["gunicorn", "gevent"], indirect=True)
def test_an_idle_connection_does_not_delay_that_a_worker_is_replaced(way: Way) -> None:
    arguments = "--max-requests=20 --max-requests-jitter=0"
    with way.served(WEB_CONCURRENCY="1", GUNICORN_CMD_ARGS=arguments) as server:
        idle = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        idle.request("GET", "/for-tests/pid")
        old = idle.getresponse().read().decode()
        for _ in range(19):
            assert get(f"{server.url}/for-tests/pid").text == old
        # The last seconds of a worker count too; graceful_timeout is 30.
        until(lambda: get(f"{server.url}/for-tests/pid").text != old, 15)
        idle.close()


def test_a_killed_worker_is_replaced(way: Way) -> None:
    with way.served() as server:
        killed, other = two_workers(server)
        assert os.getpgid(killed) == server.process.pid

        os.kill(killed, signal.SIGKILL)

        assert other in two_workers(server, gone=killed)
        assert server.stop() == 0
        assert server.left_nothing_running()


def two_workers(server: Server, gone: int = 0) -> set[int]:
    """Ask until two processes have answered, not counting the one that is gone."""
    seen: set[int] = set()
    deadline = time.monotonic() + 20
    while len(seen - {gone}) < 2:
        assert time.monotonic() < deadline, seen
        # The killed one may have had the connection.
        with contextlib.suppress(ConnectionError):
            seen.add(int(get(f"{server.url}/for-tests/pid").text))
    return seen - {gone}


WRONG = {
    "no key": ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
    "no database": ({"DATABASE_URL": "oracle"}, "DATABASE_URL is no database address"),
}


@pytest.mark.parametrize(("variables", "sentence"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_start_is_one_line(
    variables: dict[str, str], sentence: str, way: Way
) -> None:
    done = refusal(way.project, *way.command, **(settings(way.project) | variables))

    own = [line for line in said(done).splitlines() if line and "[INFO]" not in line]
    assert done.returncode == 1
    assert len(own) == 1
    assert sentence in own[0]


def test_code_that_cannot_be_imported_ends_the_start(way: Way) -> None:
    # The module of the tests' views, which run.py imports.
    done = refusal(
        way.project, *way.command, **settings(way.project), BREAK_THE_IMPORT="yes"
    )

    assert done.returncode == 1
    assert "ModuleNotFoundError: No module named 'nowhere'" in done.stderr


def plain(port: str) -> Sequence[str]:
    return (*UV, "granian", "--interface", "wsgi", f"--port={port}", "run:app")


def test_the_granian_command_serves_and_refuses_an_invalid_configuration(
    projects: Projects,
) -> None:
    project = projects("granian")
    with served(project, *plain("PORT"), **settings(project)) as server:
        assert get(f"{server.url}/api/ready").status == 200
        assert server.stop() == 0
        assert server.left_nothing_running()

    invalid = settings(project) | {"SECRET_KEY": ""}
    done = refusal(project, *plain(str(free_port())), **invalid)
    assert done.returncode == 1
    assert done.stderr.count("SECRET_KEY must be set") == 1


@pytest.mark.parametrize("way", ["granian"], indirect=True)
def test_granian_refuses_a_port_that_it_would_share(way: Way) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = refusal(way.project, *way.command, **settings(way.project), PORT=port)

    assert done.returncode == 1
    assert said(done).strip() == (
        f"PORT must be a free port, not {port}: Address already in use."
    )


def test_gunicorn_leaves_no_socket(projects: Projects) -> None:
    project = projects("gunicorn")
    home = project.parent / "home"
    home.mkdir()
    variables = {**settings(project), "HOME": str(home), "XDG_RUNTIME_DIR": ""}
    variables["UV_CACHE_DIR"] = uv(project, "cache", "dir").strip()

    with served(
        project, *UV, "gunicorn", "run:app", "--bind=127.0.0.1:PORT", **variables
    ) as server:
        assert get(server.url).status == 200
        assert server.stop() == 0

    assert list(home.iterdir()) == []


@pytest.mark.parametrize("way", ["gunicorn", "gevent", "granian"], indirect=True)
def test_a_header_with_underscores_is_no_forwarding_header(way: Way) -> None:
    with way.served(PROXY_HOPS="1") as server, connected(server) as client:
        client.sendall(b"GET /for-tests/address HTTP/1.1\r\n" + CLOSE)
        client.sendall(
            b"X-Forwarded-For: 192.0.2.1\r\nX_Forwarded_For: 192.0.2.6\r\n\r\n"
        )
        address = received(client).split()[-1]

    # The README of a project with granian asks its proxy to drop such headers.
    assert address == (b"192.0.2.6" if way.server == "granian" else b"192.0.2.1")


# Says what serve.py would start, and starts nothing.
SPY = """
import json, serve

class Spy:
    def __init__(self, target, **given):
        print(json.dumps(given, default=repr))

    def serve(self, **given):
        pass

serve.Server, serve.check_free = Spy, print
serve.main()
"""


def configured(project: Path, server: str, **variables: str) -> dict[str, str]:
    """Return address, processes and threads as the server's own settings have them."""
    environment = {**settings(project), **variables}
    if server == "granian":
        printed = uv(project, "run", "--no-dev", "python", "-c", SPY, **environment)
        given = json.loads(printed.splitlines()[-1])
        host = f"[{given['address']}]" if ":" in given["address"] else given["address"]
        address = f"['{host}:{given['port']}']"
        found = {"bind": address, "workers": given["workers"]}
        (milliseconds,) = re.findall(r"timeout=(\d+)000,", given["http1_settings"])
        found["keepalive"] = milliseconds
        return {**found, "threads": given["blocking_threads"]}

    printed = uv(
        project, "run", "--no-dev", "gunicorn", "--print-config", **environment
    )
    pairs = [line.split(" = ", 1) for line in printed.splitlines() if " = " in line]
    values = {name.strip(): value for name, value in pairs}
    return {name: values[name] for name in ("bind", "workers", "threads", "keepalive")}


# Threads in which refused clients wait.
SPARE = 32

ALL = "[::]" if socket.has_dualstack_ipv6() else "0.0.0.0"  # noqa: S104


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {},
            {
                "bind": "['127.0.0.1:8000']",
                "workers": "2",
                "threads": f"{4 + SPARE}",
                "keepalive": "75",
            },
        ),
        ({"PORT": " "}, {"bind": "['127.0.0.1:8000']"}),
        ({"PORT": "9123"}, {"bind": f"['{ALL}:9123']"}),
        ({"PORT": " 9123\n", "BIND": "::1"}, {"bind": "['[::1]:9123']"}),
        ({"BIND": " [::1] "}, {"bind": "['[::1]:8000']"}),
        (
            {"WEB_CONCURRENCY": "3", "WEB_THREADS": " 5 ", "KEEP_ALIVE": "20"},
            {"workers": "3", "threads": f"{5 + SPARE}", "keepalive": "20"},
        ),
    ],
)
@pytest.mark.parametrize("server", SERVERS)
def test_variables_set_the_server(
    server: str,
    variables: dict[str, str],
    expected: dict[str, str],
    projects: Projects,
) -> None:
    found = configured(projects(server), server, **variables)

    for name, value in expected.items():
        # gevent has no threads.
        if (server, name) != ("gunicorn-gevent", "threads"):
            assert str(found[name]) == value


def test_threads_bound_what_a_process_does_at_once(way: Way) -> None:
    with (
        way.served(WEB_CONCURRENCY="1", WEB_THREADS="2") as server,
        ThreadPoolExecutor(6) as pool,
    ):
        asked = [pool.submit(get, f"{server.url}/for-tests/most") for _ in range(6)]
        most = max(int(answer.result().text) for answer in asked)

    assert most == (6 if way.server == "gunicorn-gevent" else 2)


def test_a_stream_takes_a_thread_and_the_probe_is_answered(
    way: Way, tmp_path: Path
) -> None:
    release = tmp_path / "release"
    query = f"/for-tests/stream?release={release}"
    with (
        way.served(WEB_CONCURRENCY="1", WEB_THREADS="1") as server,
        ThreadPoolExecutor(2) as pool,
        connected(server) as client,
    ):
        client.sendall(b"GET " + query.encode() + b" HTTP/1.1\r\n" + CLOSE + b"\r\n")
        until(lambda: b"first " in client.recv(1000))
        page = pool.submit(get, f"{server.url}/for-tests/pid")
        time.sleep(0.5)
        assert get(f"{server.url}/api/health").status == 200
        assert page.done() == (way.server == "gunicorn-gevent")
        release.touch()
        assert b"released" in received(client)
        assert page.result().status == 200


HIGHEST = {"PORT": 65535, "KEEP_ALIVE": 3600}


# gunicorn itself reads WEB_CONCURRENCY before our file and words its own refusal of
# anything but a number.
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "65536"),
        ("WEB_CONCURRENCY", "0"),
        ("WEB_THREADS", "four"),
        ("WEB_THREADS", "-1"),
        ("KEEP_ALIVE", "1 minute"),
    ],
)
@pytest.mark.parametrize("server", SERVERS)
def test_a_wrong_number_for_the_server_is_refused_in_one_line(
    server: str, name: str, value: str, projects: Projects
) -> None:
    project = projects(server)
    start = ("python", "serve.py") if server == "granian" else ("gunicorn",)
    done = refusal(project, *UV, *start, **{**settings(project), name: value})

    assert done.returncode == 1
    assert said(done).strip() == (
        f"{name} must be a number from 1 to {HIGHEST.get(name, 512)}, not '{value}'."
    )


@pytest.mark.parametrize("value", ["localhost", "127.0.0.1:8000", "::1]:80"])
@pytest.mark.parametrize("server", SERVERS)
def test_a_wrong_address_for_the_server_is_refused_in_one_line(
    server: str, value: str, projects: Projects
) -> None:
    project = projects(server)
    start = ("python", "serve.py") if server == "granian" else ("gunicorn",)
    done = refusal(project, *UV, *start, **settings(project), BIND=value)

    assert done.returncode == 1
    assert said(done).strip() == (
        f"BIND must be an IP address without a port, not {value!r}."
    )
