"""Compression: of text that every visitor may see, and of nothing else."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask import Response
from flask import session
from flask.typing import ResponseReturnValue
from werkzeug.test import TestResponse

from app.core import compression
from tests.support.applications import MakeApp

TEXT = "<p>A sentence that repeats itself. </p>" * 100
STYLES = "p { margin: 0; }\n" * 100
GZIP = {"Accept-Encoding": "gzip, deflate, br"}

Send = Callable[..., TestResponse]


def page() -> ResponseReturnValue:
    return TEXT


@pytest.fixture
def app(make_app: MakeApp, tmp_path: Path) -> Flask:
    """An application with a page and a style sheet."""
    made = make_app()
    made.static_folder = str(tmp_path)
    (tmp_path / "plain.css").write_text(STYLES)
    made.add_url_rule("/text", view_func=page, methods=["GET", "POST"])
    return made


@pytest.fixture
def send(app: Flask) -> Send:
    """Send a request of a client that takes gzip."""

    def sent(path: str = "/text", *, method: str = "GET", **more: str) -> TestResponse:
        headers = {**GZIP, **{name.replace("_", "-"): more[name] for name in more}}
        return app.test_client().open(path, method=method, headers=headers)

    return sent


def is_compressed(response: TestResponse) -> bool:
    return response.headers.get("Content-Encoding") == "gzip"


@pytest.mark.parametrize(
    ("path", "content"), [("/text", TEXT), ("/static/plain.css", STYLES)]
)
def test_text_for_all_visitors_is_compressed(
    send: Send, path: str, content: str
) -> None:
    response, repeated, head = send(path), send(path), send(path, method="HEAD")

    assert is_compressed(response)
    assert gzip.decompress(response.data).decode() == content
    assert response.data == repeated.data
    assert response.content_length == len(response.data) < len(content) / 4
    assert head.data == b""
    same = {"Content-Encoding", "Content-Length", "Content-Type", "ETag", "Vary"}
    for name in same:
        assert head.headers.get(name) == response.headers.get(name)


@pytest.mark.parametrize("path", ["/text", "/static/plain.css"])
@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip;q=0, *", "identity"])
def test_a_client_that_takes_no_gzip_gets_none(
    send: Send, path: str, accepted: str
) -> None:
    response = send(path, Accept_Encoding=accepted)

    assert "Content-Encoding" not in response.headers
    # A cache must not give it to the others, nor theirs to it.
    assert response.vary.as_set() == {"accept-encoding"}
    assert response.text in {TEXT, STYLES}


def cookie() -> Response:
    response = Response(TEXT)
    response.set_cookie("name", "value")
    return response


def visits() -> str:
    session["visits"] = 1
    return TEXT


def part() -> Response:
    return Response(TEXT, 206, {"Content-Range": f"bytes 0-{len(TEXT) - 1}/99999"})


def with_headers(**headers: str) -> Callable[[], ResponseReturnValue]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: (TEXT, named)


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(cookie, id="it sets a cookie"),
        pytest.param(visits, id="it writes the session"),
        pytest.param(lambda: f"{session.get('a')}{TEXT}", id="it reads the session"),
        pytest.param(with_headers(Vary="Accept, Cookie"), id="it differs by cookie"),
        pytest.param(with_headers(Vary="*"), id="it differs by anything"),
        pytest.param(with_headers(Cache_Control="no-store"), id="it is not stored"),
        pytest.param(with_headers(Cache_Control="private"), id="it is private"),
        pytest.param(with_headers(Cache_Control="no-transform"), id="it is final"),
        pytest.param(with_headers(Content_Encoding="br"), id="it is compressed"),
        pytest.param(with_headers(Content_Type="image/png"), id="it is a picture"),
        pytest.param(lambda: Response(iter([TEXT, TEXT])), id="it is a stream"),
        pytest.param(lambda: (TEXT, 404), id="it is an error"),
        pytest.param(part, id="it is a part"),
        pytest.param(lambda: "short", id="it is short"),
        pytest.param(lambda: "x" * 1_000_001, id="it is long"),
    ],
)
def test_a_response_is_left_alone_if(
    app: Flask, send: Send, view: Callable[[], ResponseReturnValue]
) -> None:
    app.add_url_rule("/view", view_func=view)

    response = send("/view")

    assert not is_compressed(response)
    assert "accept-encoding" not in response.vary.as_set()


def test_a_page_with_a_token_is_left_alone(make_app: MakeApp) -> None:
    from flask_wtf.csrf import generate_csrf

    app = make_app(WTF_CSRF_ENABLED=True)
    app.add_url_rule("/form", view_func=lambda: generate_csrf() + TEXT)
    client = app.test_client()

    # The first sets the cookie of the session, the second has it.
    assert not any(is_compressed(client.get("/form", headers=GZIP)) for _ in range(2))


def test_a_request_with_credentials_is_left_alone(send: Send) -> None:
    assert not is_compressed(send(Authorization="Bearer a-token"))


def test_the_answer_to_a_post_is_left_alone(send: Send) -> None:
    assert not is_compressed(send(method="POST"))


def test_a_response_without_a_type_is_left_alone(app: Flask, send: Send) -> None:
    def untyped() -> Response:
        response = Response(TEXT)
        del response.headers["Content-Type"]
        return response

    app.add_url_rule("/untyped", view_func=untyped)

    assert send("/untyped").text == TEXT


def test_a_file_that_has_not_changed_is_not_sent_again(send: Send) -> None:
    first = send("/static/plain.css")
    tag = first.headers["ETag"]

    second = send("/static/plain.css", If_None_Match=tag)

    # Weak, because the same file has other bytes for other clients.
    assert tag.startswith('W/"')
    assert (second.status_code, second.data) == (304, b"")
    assert second.headers["ETag"] == tag
    assert "accept-encoding" in second.vary.as_set()


def test_a_part_of_a_file_is_a_part_of_what_it_contains(send: Send) -> None:
    whole = send("/static/plain.css")
    part = send("/static/plain.css", Range="bytes=0-9")

    assert "Accept-Ranges" not in whole.headers
    assert (part.status_code, part.text) == (206, STYLES[:10])


def test_a_file_is_compressed_once_until_it_changes(
    app: Flask, send: Send, tmp_path: Path
) -> None:
    compression.compressed_file.cache_clear()
    for _ in range(3):
        send("/static/plain.css")
    assert compression.compressed_file.cache_info().misses == 1

    (tmp_path / "plain.css").write_text(STYLES.replace("0", "1"))
    os.utime(tmp_path / "plain.css", (1, 1))

    changed = gzip.decompress(send("/static/plain.css").data)
    assert changed == STYLES.replace("0", "1").encode()


def test_pages_are_not_kept(send: Send) -> None:
    compression.compressed_file.cache_clear()

    assert is_compressed(send())

    assert compression.compressed_file.cache_info().currsize == 0


def test_a_file_that_the_proxy_sends_is_left_alone(app: Flask, send: Send) -> None:
    app.config["USE_X_SENDFILE"] = True

    response = send("/static/plain.css")

    assert "X-Sendfile" in response.headers
    assert not is_compressed(response)


def test_the_setting_switches_it_off(make_app: MakeApp) -> None:
    app = make_app(COMPRESSION=False)
    app.add_url_rule("/text", view_func=page)

    response = app.test_client().get("/text", headers=GZIP)

    assert response.text == TEXT
    assert "Vary" not in response.headers


def test_a_stream_of_a_known_length_stays_a_stream(app: Flask, send: Send) -> None:
    def stream() -> Response:
        return Response(iter([TEXT]), headers={"Content-Length": str(len(TEXT))})

    app.add_url_rule("/stream", view_func=stream)

    assert send("/stream").text == TEXT
