"""Delivery: a real mail server, with and without TLS, slow, refusing and away."""

from __future__ import annotations

import ssl
import time
from email.message import EmailMessage

import pytest
import trustme

from app.core import mail_delivery
from app.core.mail_delivery import deliver
from app.core.mail_delivery import deliver_with_retries
from app.core.mail_delivery import DeliveryError
from app.core.mail_settings import mail_server as server_of
from tests.maintained.core.mail_servers import free_port
from tests.maintained.core.mail_servers import mail_server
from tests.maintained.core.mail_servers import silent_server
from tests.maintained.core.mail_servers import Sink
from tests.maintained.core.mail_servers import takes_password

ACCOUNT = "ada:s3cret%2F%40%3A@"


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def message() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "site@example.com"
    mail["To"] = "ada@example.com"
    mail["Subject"] = "Hello"
    mail.set_content("Hello Ada.\n")
    return mail


@pytest.fixture
def tls(monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that the clients of this test trust."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    monkeypatch.setattr(mail_delivery, "tls_context", lambda: client)
    return server


def test_a_server_without_tls_gets_the_mail(sink: Sink, message: EmailMessage) -> None:
    with mail_server(sink) as port:
        deliver(message, server_of(f"smtp://127.0.0.1:{port}"), 5)

    assert [mail["Subject"] for mail in sink.mails] == ["Hello"]
    assert sink.encrypted == [False]


@pytest.mark.parametrize(
    ("options", "encrypted"),
    [("", True), ("?starttls=required", True), ("?starttls=off", False)],
)
def test_starttls_is_used_when_it_is_offered(
    options: str,
    encrypted: bool,
    sink: Sink,
    message: EmailMessage,
    tls: ssl.SSLContext,
) -> None:
    with mail_server(sink, tls_context=tls) as port:
        deliver(message, server_of(f"smtp://127.0.0.1:{port}{options}"), 5)

    assert sink.encrypted == [encrypted]


@pytest.mark.parametrize(
    "url",
    ["smtp://127.0.0.1:PORT?starttls=required", f"smtp://{ACCOUNT}127.0.0.1:PORT"],
)
def test_a_server_that_hides_starttls_gets_nothing(
    url: str, sink: Sink, message: EmailMessage
) -> None:
    with mail_server(sink) as port, pytest.raises(DeliveryError) as failed:
        deliver(message, server_of(url.replace("PORT", str(port))), 5)

    assert not failed.value.is_temporary
    assert sink.mails == []


def test_smtps_is_encrypted_from_the_first_byte(
    sink: Sink, message: EmailMessage, tls: ssl.SSLContext
) -> None:
    with mail_server(sink, ssl_context=tls) as port:
        deliver(message, server_of(f"smtps://127.0.0.1:{port}"), 5)

    assert [mail["To"] for mail in sink.mails] == ["ada@example.com"]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_is_not_trusted_gets_nothing(
    scheme: str, sink: Sink, message: EmailMessage
) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(server)
    name = "ssl_context" if scheme == "smtps" else "tls_context"

    with (
        mail_server(sink, **{name: server}) as port,
        pytest.raises(DeliveryError, match="certificate verify failed") as failed,
    ):
        deliver(message, server_of(f"{scheme}://127.0.0.1:{port}"), 5)

    assert not failed.value.is_temporary
    assert sink.mails == []


def test_a_certificate_of_another_name_gets_nothing(
    sink: Sink, message: EmailMessage, tls: ssl.SSLContext
) -> None:
    with (
        mail_server(sink, tls_context=tls) as port,
        pytest.raises(DeliveryError, match="localhost"),
    ):
        deliver(message, server_of(f"smtp://localhost:{port}"), 5)

    assert sink.mails == []


def test_the_password_is_sent_after_starttls(
    sink: Sink, message: EmailMessage, tls: ssl.SSLContext
) -> None:
    options = {"authenticator": takes_password, "auth_required": True}
    with mail_server(sink, tls_context=tls, **options) as port:
        deliver(message, server_of(f"smtp://{ACCOUNT}127.0.0.1:{port}"), 5)
        with pytest.raises(DeliveryError, match="535") as failed:
            deliver(message, server_of(f"smtp://ada:wrong@127.0.0.1:{port}"), 5)

    assert len(sink.mails) == 1
    assert not failed.value.is_temporary
    assert "wrong" not in str(failed.value)


@pytest.mark.parametrize("drip", [b"", b"2"], ids=["silent", "dripping"])
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_an_attempt_ends_after_the_timeout(
    drip: bytes, scheme: str, message: EmailMessage
) -> None:
    begun = time.monotonic()
    with silent_server(drip) as port, pytest.raises(DeliveryError) as failed:
        deliver(message, server_of(f"{scheme}://127.0.0.1:{port}"), 1)

    assert failed.value.is_temporary
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("answers", "attempts", "arrives"),
    [
        ([], 1, True),
        (["451 try again"], 2, True),
        (["421 busy", "450 busy"], 3, True),
        (["450 a", "450 b", "450 c", "450 d"], 3, False),
        (["550 no such user"], 1, False),
        (["450 try again", "554 refused"], 2, False),
    ],
    ids=["taken", "4xx once", "4xx twice", "4xx always", "5xx", "4xx then 5xx"],
)
def test_only_temporary_failures_are_tried_again(
    answers: list[str],
    attempts: int,
    arrives: bool,
    sink: Sink,
    message: EmailMessage,
) -> None:
    sink.answers = answers
    waits: list[int] = []

    def wait(number: int) -> bool:
        waits.append(number)
        return True

    with mail_server(sink) as port:
        server = server_of(f"smtp://127.0.0.1:{port}")
        try:
            deliver_with_retries(message, server, 5, attempts=3, wait=wait)
        except DeliveryError:
            assert not arrives

    assert len(sink.mails) == arrives
    assert len(sink.encrypted) == attempts
    assert waits == list(range(1, attempts))


def test_a_server_that_is_away_is_tried_again(message: EmailMessage) -> None:
    waits: list[int] = []
    server = server_of(f"smtp://127.0.0.1:{free_port()}")

    def wait(number: int) -> bool:
        waits.append(number)
        return number < 2

    with pytest.raises(DeliveryError, match="refused"):
        deliver_with_retries(message, server, 5, attempts=9, wait=wait)

    assert waits == [1, 2]


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "starttls"),
    [
        ("smtp://mail.example.com", "mail.example.com", 587, False, "if-offered"),
        ("smtps://mail.example.com", "mail.example.com", 465, True, "if-offered"),
        ("smtp://a:b@mail.example.com:25", "mail.example.com", 25, False, "required"),
        ("smtp://a:b@[::1]:25?starttls=off", "::1", 25, False, "off"),
    ],
)
def test_an_address_names_a_server(
    url: str, host: str, port: int, tls: bool, starttls: str
) -> None:
    server = server_of(url)

    assert (server.host, server.port, server.tls) == (host, port, tls)
    assert server.starttls == starttls
    assert "'b'" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://mail.example.com:port",
        "smtp://mail.example.com:0",
        "smtp://mail.example.com/path",
        "smtp://mail.example.com?starttls=maybe",
        "smtp://mail.example.com?tls=yes",
        "smtp://ada:a b@mail.example.com",
        "smtp://ada:a/b@mail.example.com",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # its rule is that of MAIL_URL
        server_of(url)
