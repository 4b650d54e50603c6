"""Mail on each server: no page waits for it, and a stop waits a bounded time."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.facts.answers import SERVERS
from tests.support.running.projects import free_port
from tests.support.running.projects import get
from tests.support.running.projects import on_loopback
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served
from tests.support.running.projects import until

RUN = """
from app.core import mail


@app.get("/sends/<int:number>")
def sends(number):
    for _ in range(number):
        mail.send("test", "ada@example.com")
    return "sent"


@app.get("/works/<int:number>")
def works(number):  # each job sends a mail, as the job of a form does
    for _ in range(number):
        mail.later(mail.send, "test", "ada@example.com")
    return "sent"
"""
ANSWERS = {"DATA": "354 go on", "EHLO": "250 sink", "QUIT": "221 bye"}


class MailServer:
    """A mail server that greets after `delay` seconds, and counts its mails."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.connections = 0
        self.mails = 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                self.connections += 1
                threading.Thread(
                    target=self.talk, args=(connection,), daemon=True
                ).start()

    def talk(self, connection: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            connection,
            connection.makefile("rw") as file,
        ):

            def say(line: str) -> None:
                file.write(f"{line}\r\n")
                file.flush()

            time.sleep(self.delay)
            say("220 sink")
            for line in file:
                command = line[:4].strip().upper()
                say(ANSWERS.get(command, "250 OK"))
                if command == "DATA":
                    while file.readline().strip() != ".":
                        pass
                    self.mails += 1
                    say("250 OK")


@contextlib.contextmanager
def mail_server(delay: float) -> Iterator[MailServer]:
    server = MailServer(delay)
    threading.Thread(target=server.serve, daemon=True).start()
    yield server
    with contextlib.suppress(OSError):
        server.listening.shutdown(socket.SHUT_RDWR)
    server.listening.close()


@pytest.fixture(params=[*SERVERS, "background threads"])
def project(request: pytest.FixtureRequest, installed: Callable[..., Path]) -> Path:
    server, tasks = request.param, "none"
    if server not in SERVERS:
        server, tasks = SERVERS[0], "threads"
    found = installed(preset="website", server=server, tasks=tasks)
    run = found / "run.py"
    if RUN not in run.read_text():
        run.write_text(run.read_text() + RUN)
    return found


def command(project: Path) -> tuple[str, ...]:
    server = "granian" if (project / "serve.py").exists() else "gunicorn"
    return on_loopback(project, server)


def environment(project: Path, tmp_path: Path, server: MailServer) -> dict[str, str]:
    return {
        **PRODUCTION,
        "PATH": f"{project / '.venv/bin'}:/usr/bin:/bin",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'app.db'}",
        "PORT": str(free_port()),
        "WEB_CONCURRENCY": "1",
        "MAIL_URL": f"smtp://127.0.0.1:{server.port}",
        "FLASK_MAIL_TIMEOUT": "3",
        "FLASK_MAIL_ATTEMPTS": "1",
    }


def test_pages_answer_while_the_mail_server_hangs(
    project: Path, tmp_path: Path
) -> None:
    with (
        mail_server(delay=3600) as hanging,
        served(
            project, *command(project), **environment(project, tmp_path, hanging)
        ) as server,
    ):
        get(f"{server.url}/")
        begun = time.monotonic()
        for _ in range(10):
            assert get(f"{server.url}/sends/2").text == "sent"
        assert get(f"{server.url}/").status == 200
        assert time.monotonic() - begun < 2
        until(lambda: hanging.connections)
        until(lambda: "was not sent" in server.log.read_text(), 20)

    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("path", ["sends", "works"])
def test_a_stop_waits_for_mail(path: str, project: Path, tmp_path: Path) -> None:
    with (
        mail_server(delay=1) as slow,
        served(
            project, *command(project), **environment(project, tmp_path, slow)
        ) as server,
    ):
        assert get(f"{server.url}/{path}/3").text == "sent"
        # Mail is handed over after the answer.
        until(lambda: slow.connections)
        begun = time.monotonic()
        server.stop()
        seconds = time.monotonic() - begun

    assert slow.mails == 3
    assert seconds < 20


def test_a_stop_waits_a_bounded_time(project: Path, tmp_path: Path) -> None:
    with (
        mail_server(delay=3600) as hanging,
        served(
            project, *command(project), **environment(project, tmp_path, hanging)
        ) as server,
    ):
        assert get(f"{server.url}/sends/50").text == "sent"
        until(lambda: hanging.connections)
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 35
        assert server.left_nothing_running()

    assert "was not sent" in server.log.read_text()
