"""Mail servers for tests: one that answers, and some that do not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from email import message_from_bytes
from email import policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Sink:
    """Keeps what arrives; `answers` are those to the next mails, then all are taken."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []
        self.encrypted: list[bool] = []
        self.arrived = threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.encrypted.append(session.ssl is not None)
        if self.answers:
            return self.answers.pop(0)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(mail)
        self.arrived.set()
        return "250 OK"


def takes_password(
    server: object, session: object, envelope: object, mechanism: object, data: Any
) -> AuthResult:
    return AuthResult(success=data.password == b"s3cret/@:", handled=False)


@contextmanager
def mail_server(sink: Sink, **options: Any) -> Iterator[int]:
    """Run a mail server; yields its port."""
    controller = Controller(sink, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def silent_server(drip: bytes = b"") -> Iterator[int]:
    """Run a server that accepts connections and never greets; yields its port.

    With `drip`, it sends these bytes for 5 seconds, and never the end of a line.
    """
    ended = threading.Event()
    open_sockets: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            open_sockets.append(connection)
            threading.Thread(target=feed, args=(connection,), daemon=True).start()

    def feed(connection: socket.socket) -> None:
        with suppress(OSError):
            for _ in range(100 if drip else 0):
                if ended.wait(0.05):
                    return
                connection.sendall(drip)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield listening.getsockname()[1]
        finally:
            ended.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            for connection in open_sockets:
                connection.close()
