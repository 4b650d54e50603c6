"""Hands a mail to the mail server, in bounded time.

Settings: MAIL_ATTEMPTS, MAIL_RETRY_SECONDS, MAIL_TIMEOUT. Maintained by copier-flask.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

from app.core.mail_settings import MailServer


class DeliveryError(Exception):
    """A mail was not delivered; `is_temporary` says that another attempt may help."""

    def __init__(self, reason: str, *, is_temporary: bool) -> None:
        super().__init__(reason)
        self.is_temporary = is_temporary


class Client(smtplib.SMTP):
    """A client whose connection ends `timeout` seconds after its start.

    The time-outs of the standard library begin again with each byte that arrives.
    """

    timer: threading.Timer | None = None

    def connect(self, *given: Any, **more: Any) -> tuple[int, bytes]:
        # rule: thread-context - it closes a socket, and needs none
        self.timer = threading.Timer(self.timeout, self.interrupt)
        self.timer.daemon = True
        self.timer.start()
        try:
            return super().connect(*given, **more)
        except BaseException:
            self.timer.cancel()
            raise

    def interrupt(self) -> None:
        if self.sock:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self.timer:
            self.timer.cancel()
        super().close()


class TlsClient(Client, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


def deliver(message: EmailMessage, server: MailServer, timeout: float) -> None:
    """Deliver a mail once; raises `DeliveryError`."""
    try:
        with connected(server, timeout) as client:
            client.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise DeliveryError(answer(code, text), is_temporary=code < 500) from error
    except smtplib.SMTPResponseException as error:
        code, reason = error.smtp_code, error.smtp_error
        # -1: no code at all
        raise DeliveryError(answer(code, reason), is_temporary=code < 500) from error
    except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
        raise DeliveryError(str(error), is_temporary=False) from error
    except (smtplib.SMTPException, OSError) as error:
        reason = str(error) or type(error).__name__
        raise DeliveryError(reason, is_temporary=True) from error


def answer(code: int, text: bytes | str) -> str:
    """Return the answer of a server as one line."""
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(shown.split())}"[:300]


def tls_context() -> ssl.SSLContext:
    """Return what verifies the certificate of a mail server, and its name."""
    return ssl.create_default_context()


def connected(server: MailServer, timeout: float) -> smtplib.SMTP:
    """Return a client that is connected, encrypted and logged in.

    Raises SMTPException and OSError.
    """
    context = tls_context()
    client: smtplib.SMTP
    if server.tls:
        client = TlsClient(server.host, server.port, timeout=timeout, context=context)
    else:
        client = Client(server.host, server.port, timeout=timeout)
    try:
        client.ehlo_or_helo_if_needed()
        offered = client.has_extn("starttls")
        wanted = server.starttls == "required" or (
            offered and server.starttls == "if-offered"
        )
        if wanted and not server.tls:
            client.starttls(context=context)
            client.ehlo()
        if server.user:
            client.login(server.user, server.password)
    except BaseException:
        client.close()
        raise
    return client


def deliver_with_retries(
    message: EmailMessage,
    server: MailServer,
    timeout: float,
    *,
    attempts: int,
    wait: Callable[[int], bool],
) -> None:
    """Deliver a mail, again after a temporary failure; raises `DeliveryError`.

    `wait(number)` waits before another attempt; it returns False if there is none.
    """
    for number in range(1, attempts + 1):
        try:
            deliver(message, server, timeout)
        except DeliveryError as error:
            if not error.is_temporary or number == attempts or not wait(number):
                raise
        else:
            return
