"""Mail: what is sent, to whom, and when."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage
from functools import partial

import pytest
from flask import Flask
from flask import request
from flask import url_for
from werkzeug.test import EnvironBuilder

from app.core import mail
from app.core import mail_messages
from app.core import mail_threads
from app.core.rules import SettingsError
from tests.maintained.core.mail_servers import free_port
from tests.maintained.core.mail_servers import mail_server
from tests.maintained.core.mail_servers import silent_server
from tests.maintained.core.mail_servers import Sink
from tests.maintained.sample import create_app
from tests.support.applications import MakeApp
from tests.support.mail_fixtures import text_of

SITE = "https://example.com/shop"


@pytest.fixture
def sending_app(make_app: MakeApp) -> Callable[..., Flask]:
    """Return a function that makes an application which sends, as in production."""

    def make(**settings: object) -> Flask:
        given = {"MAIL_THREADS": 1, "MAIL_RETRY_SECONDS": 0, "MAIL_TIMEOUT": 1}
        app = make_app(SITE_URL=SITE, **{**given, **settings})
        app.extensions[mail.KEY].outbox = None
        return app

    return make


def wait_for(condition: Callable[[], object], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "It did not happen."
        time.sleep(0.02)


def test_a_mail_has_its_values_in_text_and_html(
    app: Flask, outbox: list[EmailMessage]
) -> None:
    with app.app_context():
        mail.send("hello", "ada@example.com", name="<b>Ada</b>")

    (sent,) = outbox
    assert sent["To"] == "ada@example.com"
    assert sent["Subject"] == "hello"
    assert "name: <b>Ada</b>" in text_of(sent)
    assert "name: &lt;b&gt;Ada&lt;/b&gt;" in text_of(sent, "html")
    assert "<title>hello</title>" in text_of(sent, "html")


def test_the_sender_has_the_name_of_the_site(make_app: MakeApp) -> None:
    app = make_app(SITE_NAME="Shop", SITE_URL=SITE)
    with app.app_context():
        mail.send("hello", "ada@example.com", reply_to="eve@example.com")
    app.config["MAIL_FROM"] = "Us <mail@example.org>"
    with app.app_context():
        mail.send("hello", "ada@example.com")

    first, second = app.extensions[mail.KEY].outbox
    assert first["From"] == "Shop <no-reply@example.com>"
    assert first["Reply-To"] == "eve@example.com"
    assert second["From"] == "Us <mail@example.org>"
    assert second["Reply-To"] is None


def test_production_requires_the_address_of_the_site(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("APP_CONFIG", "production")
    monkeypatch.setenv("SECRET_KEY", "k" * 32)
    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    monkeypatch.setenv("TRUSTED_HOSTS", "example.com")
    monkeypatch.setenv("SITE_URL", "")

    with pytest.raises(SettingsError, match="SITE_URL must be set"):
        create_app()


def test_a_job_makes_links_to_the_site(make_app: MakeApp) -> None:
    app = make_app(SITE_URL=SITE)
    links: list[str] = []

    def note(endpoint: str) -> None:
        links.append(url_for(endpoint))

    with app.test_request_context("/", base_url="http://evil.example"):
        mail.later(note, "main.index")

    assert links == [f"{SITE}/"]


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "ada,eve@example.com",
        "ada@example.com\r",
        "Ada <ada@example.com>\r\nBcc: eve@example.com",
        "ada@",
        "ada@.example.com",
        "ada@bü..example",
        "ada@-ü.example",
        "ada@ex!ample.com",
        "no address",
        "",
    ],
)
def test_what_is_not_one_address_is_refused(
    address: str, app: Flask, outbox: list[EmailMessage]
) -> None:
    with app.app_context():
        with pytest.raises(ValueError, match="is not one e-mail"):
            mail.send("hello", address)
        with pytest.raises(ValueError, match="is not one e-mail"):
            mail.send("hello", "ada@example.com", reply_to=address)

    assert outbox == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028"])
def test_no_value_adds_a_header(
    end: str, app: Flask, outbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(template: str, **values: object) -> str:
        return f"Subject: Hello {values['name']}\n\nText"

    monkeypatch.setattr(mail_messages, "render_template", render)
    with app.app_context():
        mail.send("hello", "ada@example.com", name=f"Ada{end}Bcc: eve@example.com")

    (sent,) = outbox
    assert sent["Bcc"] is None
    assert sent["Subject"].startswith("Hello Ada")
    head = sent.as_bytes().partition(b"\n\n")[0].lower()
    assert b"\nbcc:" not in head
    assert b"\rbcc:" not in head


def test_a_text_without_a_subject_is_refused(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_messages, "render_template", lambda *_, **__: "Hello")

    with app.app_context(), pytest.raises(ValueError, match="must begin with a line"):
        mail.send("hello", "ada@example.com")


def test_a_proxy_and_a_model_are_refused(app: Flask) -> None:
    with app.test_request_context():
        with pytest.raises(TypeError, match="no proxy"):
            mail.send("hello", "ada@example.com", request=request)
        with pytest.raises(TypeError, match="no proxy"):
            mail.later(print, request)


@pytest.mark.parametrize(
    ("domain", "encoded"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        # By the rules of 2003 these two are strasse.de and another Greek name.
        ("straße.de", "xn--strae-oqa.de"),
        ("βόλος.com", "xn--nxasmm1c.com"),
        # It has a vowel sign, which is no letter.
        ("डाटा.example", "xn--c2bd1gb.example"),
        ("mail_1.example", "mail_1.example"),
    ],
)
def test_an_address_in_another_script_has_the_ascii_domain_of_its_owner(
    domain: str, encoded: str, app: Flask, outbox: list[EmailMessage]
) -> None:
    with app.app_context():
        mail.send("hello", f"ada@{domain}")

    assert outbox[0]["To"] == f"ada@{encoded}"


def test_the_colours_are_those_of_the_style_sheet(app: Flask) -> None:
    with app.app_context():
        found = mail_messages.colours()

    assert found.keys() >= mail_messages.COLOURS.keys()
    assert all(value.startswith("#") for value in found.values())


def test_mail_arrives_after_the_answer(sending_app: Callable[..., Flask]) -> None:
    sink = Sink()
    sink.answers = ["450 try again"]
    with mail_server(sink) as port:
        app = sending_app(MAIL_URL=f"smtp://127.0.0.1:{port}")
        with app.app_context():
            mail.send("hello", "ada@example.com", name="Ada")
        assert sink.arrived.wait(10)

    (sent,) = sink.mails
    assert text_of(sent).splitlines() == ["name: Ada"]
    assert "<pre>name: Ada" in text_of(sent, "html")
    assert sent["Message-ID"].endswith("@example.com>")


def test_a_server_that_hangs_delays_nothing(
    sending_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    with silent_server() as port:
        app = sending_app(MAIL_URL=f"smtp://127.0.0.1:{port}", MAIL_ATTEMPTS=1)

        @app.get("/sends")
        def sends() -> str:
            mail.send("hello", "ada@example.com")
            return "sent"

        begun = time.monotonic()
        answer = app.test_client().get("/sends", buffered=True)
        assert time.monotonic() - begun < 0.9
        wait_for(lambda: "was not sent" in caplog.text)

    assert answer.text == "sent"
    lines = [line for line in caplog.records if line.levelno >= logging.ERROR]
    assert len(lines) == 1
    assert "The mail hello to ada@example.com was not sent" in lines[0].getMessage()
    assert lines[0].exc_info is None
    fields: dict[str, object] = vars(lines[0])["fields"]
    assert fields["request_id"] == answer.headers["X-Request-ID"]


def test_no_job_works_while_the_answer_is_made(
    sending_app: Callable[..., Flask],
) -> None:
    """It would slow the answer down, which then tells what the job does."""
    app, done = sending_app(), threading.Event()
    early: list[bool] = []

    @app.get("/later")
    def work_later() -> str:
        mail.later(done.set)
        early.append(done.wait(0.3))
        return "answered"

    answer = app.test_client().get("/later")
    early.append(done.wait(0.3))
    answer.close()

    assert done.wait(10)
    assert early == [False, False]


@pytest.mark.parametrize(
    ("url", "warns"), [(None, True), ("smtp://mail.example.com", False)]
)
def test_production_says_at_its_start_that_it_sends_no_mail(
    url: str | None,
    warns: bool,
    make_app: MakeApp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = make_app(MAIL_URL=url)
    app.config["APP_CONFIG"] = "production"

    mail.init_app(app)

    assert ("MAIL_URL is not set" in caplog.text) is warns


@pytest.mark.parametrize("status", [200, 204, 304, 500])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_job_works_after_every_kind_of_answer(
    method: str, status: int, sending_app: Callable[..., Flask]
) -> None:
    app, done = sending_app(PROPAGATE_EXCEPTIONS=False), threading.Event()

    @app.get("/later")
    def work_later() -> tuple[str, int]:
        mail.later(done.set)
        if status == 500:
            raise ZeroDivisionError
        return "", status

    app.test_client().open("/later", method=method, buffered=True)

    assert done.wait(10)


def test_a_job_works_also_if_the_server_does_not_close_the_answer(
    sending_app: Callable[..., Flask],
) -> None:
    app, done = sending_app(), threading.Event()

    @app.get("/later")
    def work_later() -> str:
        mail.later(done.set)
        return "answered"

    body = app.wsgi_app(
        EnvironBuilder("/later").get_environ(), lambda *_: lambda _: None
    )
    assert b"".join(body) == b"answered"
    del body
    gc.collect()

    assert done.wait(10)


@pytest.mark.parametrize("url", ["", "smtp://127.0.0.1:PORT"], ids=["not set", "away"])
def test_each_mail_that_is_not_sent_is_one_error(
    url: str, sending_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    app = sending_app(MAIL_URL=url.replace("PORT", str(free_port())) or None)
    with app.app_context():
        mail.send("hello", "ada@example.com")
        mail.send("hello", "eve@example.com")
    wait_for(lambda: caplog.text.count("was not sent") == 2)

    reason = "refused" if url else "MAIL_URL is not set."
    lines = [line for line in caplog.records if line.levelno >= logging.ERROR]
    assert len(lines) == 2
    assert all(reason in line.getMessage() for line in lines)


def test_a_job_that_raises_is_logged(
    sending_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(number: int) -> None:
        raise RuntimeError(f"number {number}")

    with sending_app().app_context():
        mail.later(fail, 5)
    wait_for(lambda: "number 5" in caplog.text)

    assert "fail failed." in caplog.text


def test_what_is_above_the_queue_is_left_out_and_logged(
    sending_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    goes_on = threading.Event()
    done: list[int] = []

    def wait(number: int) -> None:
        goes_on.wait(10)
        done.append(number)

    app = sending_app(MAIL_QUEUE=1)
    with app.app_context():
        mail.later(wait, 1)
        wait_for(lambda: not next(iter(app.extensions[mail.KEY].threads.values())).jobs)
        mail.later(wait, 2)
        mail.later(wait, 3)
        mail.send("hello", "ada@example.com")
    goes_on.set()
    wait_for(lambda: done == [1, 2])

    assert "The mail hello to ada@example.com is left out" in caplog.text


def test_mail_has_threads_of_its_own(sending_app: Callable[..., Flask]) -> None:
    names: list[str] = []

    def note() -> None:
        names.append(threading.current_thread().name)

    with sending_app().app_context():
        mail.later(note)
    wait_for(lambda: names)

    assert names == ["mail"]


def test_many_jobs_of_forms_do_not_make_a_mail_late(
    sending_app: Callable[..., Flask],
) -> None:
    """Each waits a moment after its answer, but none for the moment of another."""
    sink, done = Sink(), list[int]()
    with mail_server(sink) as port:
        app = sending_app(MAIL_URL=f"smtp://127.0.0.1:{port}")
        with app.app_context():
            for number in range(500):
                mail.later(done.append, number)
            mail.send("hello", "ada@example.com")
        # 100 seconds and more if each waited.
        wait_for(lambda: sink.mails, 30)

    assert len(done) == 500


def test_threads_end_when_nothing_waits() -> None:
    done: list[int] = []
    threads = mail_threads.Threads(2, 10)
    for number in range(10):
        threads.start(partial(done.append, number))
    wait_for(lambda: threads.running == 0)

    assert sorted(done) == list(range(10))


def test_a_mail_for_which_there_is_no_thread_is_left_out_and_logged(
    sending_app: Callable[..., Flask],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    app = sending_app()

    @app.get("/sends")
    def sends() -> str:
        mail.send("hello", "ada@example.com")
        return "sent"

    monkeypatch.setattr(threading.Thread, "start", refuse)
    app.test_client().get("/sends", buffered=True)

    assert "left out: can't start new thread" in caplog.text
    (threads,) = app.extensions[mail.KEY].threads.values()
    assert not threads.jobs


def test_a_job_sends_its_mail_itself_if_the_process_starts_no_more_threads(
    sending_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(threads: object, job: object) -> None:
        raise RuntimeError("cannot schedule new futures after shutdown")

    sink = Sink()
    with mail_server(sink) as port:
        app = sending_app(MAIL_URL=f"smtp://127.0.0.1:{port}")
        monkeypatch.setattr(mail_threads.Threads, "start", refuse)
        with app.app_context():
            mail.send("hello", "ada@example.com")
        assert len(sink.mails) == 1


SCRIPT = """
import time
from app.core import mail_threads

mail_threads.STOP_AFTER = 1
threads = mail_threads.Threads(1, 100)
for number in range(20):
    threads.start(lambda: (time.sleep(0.2), print("sent", flush=True)))
"""


def test_the_end_of_a_process_waits_a_bounded_time() -> None:
    begun = time.monotonic()
    ended = subprocess.run(  # noqa: S603  # its arguments are those of this file
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert 2 <= ended.stdout.count("sent") < 12
    assert "mails" in ended.stderr
    assert time.monotonic() - begun < 30


def test_a_thread_that_hung_while_the_process_ended_begins_no_other_mail(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its attempt may take MAIL_TIMEOUT again, and the server kills the process."""
    monkeypatch.setattr(mail_threads, "STOP_AFTER", 0.1)
    done: list[str] = []
    threads = mail_threads.Threads(1, 10)

    def hang() -> None:
        monkeypatch.setattr(mail_threads, "is_stopping", lambda: True)
        time.sleep(0.3)
        done.append("hung")

    threads.start(hang)
    threads.start(partial(done.append, "another"))
    wait_for(lambda: threads.running == 0)

    assert done == ["hung"]
    assert "The process ended before 1 mails." in caplog.text


def test_no_attempt_follows_when_the_process_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = time.monotonic()
    assert mail_threads.pause(0.05)
    monkeypatch.setattr(mail_threads, "is_stopping", lambda: True)

    assert not mail_threads.pause(60)
    assert time.monotonic() - begun < 10


def test_the_command_says_what_the_server_answers(
    sending_app: Callable[..., Flask],
) -> None:
    sink = Sink()
    with mail_server(sink) as port:
        app = sending_app(MAIL_URL=f"smtp://127.0.0.1:{port}")
        runner = app.test_cli_runner()
        taken = runner.invoke(mail.send_test_mail, ["ada@example.com"])
        sink.answers = ["550 no such user"]
        refused = runner.invoke(mail.send_test_mail, ["eve@example.com"])

    assert taken.exit_code == 0
    assert "was sent" in taken.output
    assert refused.exit_code == 1
    assert "550 no such user" in refused.output
    assert len(sink.mails) == 1


def test_the_password_of_the_mail_server_is_not_shown(make_app: MakeApp) -> None:
    with pytest.raises(SystemExit) as refused:
        make_app(MAIL_URL="smtp://ada:s3cret@mail.example.com/path")

    assert "MAIL_URL must be an address such as" in str(refused.value)
    assert "s3cret" not in str(refused.value)
