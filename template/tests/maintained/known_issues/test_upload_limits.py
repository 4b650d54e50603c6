"""Known issue: the limit of a body is applied too late, or the body is truncated.

A limit that a view sets has no effect once CSRFProtect has read the form, and Werkzeug
gives a view only the first part of a body without a length. Both happen with every
Flask from 3.1.0 on. The client imitates what only some servers do.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from flask import Blueprint
from flask import Flask
from flask import request
from flask.testing import FlaskClient
from flask.views import MethodView
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from app.core import uploads
from app.extensions import csrf
from config import Config
from tests.support.applications import MakeApp

GENERAL = 1_000
LARGE = 5_000

# Production servers set this for every body, the development server for chunked ones.
ENDED_BY_THE_SERVER = {"wsgi.input_terminated": True}
CHUNKED = {"Transfer-Encoding": "chunked"}


def read() -> str:
    return str(len(request.get_data()))


def read_file() -> str:
    return str(len(request.files["file"].read()))


def read_in_parts() -> str:
    return str(sum(len(part) for part in iter(lambda: request.stream.read(7), b"")))


def read_field() -> str:
    return str(len(request.form["field"]))


def read_json() -> str:
    return str(len(request.get_json()))


def decorated(view: Callable[..., Any]) -> Callable[..., Any]:
    """Return the view with its own limit."""

    @wraps(view)
    def called(*args: object, **kwargs: object) -> Any:
        return view(*args, **kwargs)

    return called


def a_file(size: int) -> dict[str, Any]:
    return {"file": (io.BytesIO(b"x" * size), "photo.jpg")}


def client_of(app: Flask, view: Callable[..., Any], path: str = "/body") -> FlaskClient:
    app.add_url_rule(path, view_func=view, methods=["POST"])
    return app.test_client()


# How a view reads the body, and what is sent for a body of a given length.
WAYS: dict[str, tuple[Callable[[], str], str, bytes, bytes]] = {
    "data": (read, "application/octet-stream", b"", b""),
    "stream": (read_in_parts, "application/octet-stream", b"", b""),
    "JSON": (read_json, "application/json", b'"', b'"'),
    "field": (read_field, "application/x-www-form-urlencoded", b"field=", b""),
    "multipart": (
        read_field,
        "multipart/form-data; boundary=edge",
        b'--edge\r\nContent-Disposition: form-data; name="field"\r\n\r\n',
        b"\r\n--edge--\r\n",
    ),
}


@pytest.mark.parametrize("headers", [{}, CHUNKED], ids=["with a length", "without"])
@pytest.mark.parametrize("more", [-1, 0, 1], ids=["under", "at", "above"])
@pytest.mark.parametrize("way", WAYS)
def test_a_body_is_whole_or_refused(
    way: str, more: int, headers: dict[str, str], make_app: MakeApp
) -> None:
    view, content_type, before, after = WAYS[way]
    client = client_of(make_app(MAX_CONTENT_LENGTH=GENERAL), view)
    size = GENERAL + more - len(before) - len(after)

    response = client.post(
        "/body",
        data=before + b"x" * size + after,
        content_type=content_type,
        headers=headers,
        environ_overrides=ENDED_BY_THE_SERVER,
    )

    expected = (413, None) if more > 0 else (200, str(size))
    assert (response.status_code, expected[1] and response.text) == expected


@pytest.mark.parametrize("headers", [{}, CHUNKED], ids=["with a length", "without"])
@pytest.mark.parametrize("limit", [100, LARGE], ids=["lower", "higher"])
def test_a_view_may_have_its_own_limit(
    limit: int, headers: dict[str, str], make_app: MakeApp
) -> None:
    client = client_of(
        make_app(MAX_CONTENT_LENGTH=GENERAL), uploads.limit(limit)(decorated(read))
    )

    def status(size: int) -> int:
        return client.post(
            "/body",
            data=b"x" * size,
            headers=headers,
            environ_overrides=ENDED_BY_THE_SERVER,
        ).status_code

    assert [status(limit), status(limit + 1)] == [200, 413]


def test_a_limit_applies_if_csrf_protection_reads_the_form_first(
    make_app: MakeApp,
) -> None:
    app = make_app(MAX_CONTENT_LENGTH=GENERAL, WTF_CSRF_ENABLED=True)
    app.add_url_rule("/token", view_func=generate_csrf)
    client = client_of(app, uploads.limit(LARGE)(decorated(read_file)))
    headers = {"X-CSRFToken": client.get("/token").text}

    larger = client.post("/body", data=a_file(LARGE - 1_000), headers=headers)
    too_large = client.post("/body", data=a_file(LARGE), headers=headers)

    assert (larger.status_code, too_large.status_code) == (200, 413)
    assert larger.text == str(LARGE - 1_000)


ORDERS: dict[str, list[Callable[..., Any]]] = {
    "above another decorator": [decorated, uploads.limit(LARGE)],
    "below another decorator": [uploads.limit(LARGE), decorated],
    "below an exemption": [uploads.limit(LARGE), csrf.exempt],
    "above an exemption": [csrf.exempt, uploads.limit(LARGE)],
}


@pytest.mark.parametrize("order", ORDERS)
def test_a_limit_works_with_other_decorators_in_any_order(
    order: str, make_app: MakeApp
) -> None:
    view = decorated(read)
    for decorator in ORDERS[order]:
        view = decorator(view)
    client = client_of(make_app(MAX_CONTENT_LENGTH=GENERAL), view)

    assert client.post("/body", data=b"x" * LARGE).status_code == 200


def test_a_view_of_a_blueprint_has_a_limit(make_app: MakeApp) -> None:
    app = make_app(MAX_CONTENT_LENGTH=GENERAL)
    bp = Blueprint("photos", __name__)
    bp.add_url_rule(
        "/photos", view_func=uploads.limit(LARGE)(decorated(read)), methods=["POST"]
    )
    app.register_blueprint(bp)

    response = app.test_client().post("/photos", data=b"x" * LARGE)

    assert response.status_code == 200


class OfTheMethod(MethodView):
    @uploads.limit(LARGE)
    def post(self) -> str:
        return read()


class OfTheClass(MethodView):
    decorators = [uploads.limit(LARGE)]

    def post(self) -> str:
        return read()


@pytest.mark.parametrize("view", [OfTheMethod, OfTheClass])
def test_a_class_of_views_has_a_limit(
    view: type[MethodView], make_app: MakeApp
) -> None:
    client = client_of(make_app(MAX_CONTENT_LENGTH=GENERAL), view.as_view("view"))

    assert client.post("/body", data=b"x" * LARGE).status_code == 200


def test_a_view_may_still_lower_the_limit_itself(make_app: MakeApp) -> None:
    def lower() -> str:
        request.max_content_length = 10
        return read()

    client = client_of(make_app(), lower)

    assert client.post("/body", data=b"x" * 11).status_code == 413


@pytest.mark.parametrize("size", [0, -1, True, 1.5, "1 MB", None])
def test_an_invalid_limit_is_refused_at_once(size: Any) -> None:
    with pytest.raises(ValueError, match="whole number of bytes from 1"):
        uploads.limit(size)


@pytest.mark.parametrize(
    ("path", "form"),
    [("/body", "text/html"), ("/api/body", "application/problem+json")],
)
@pytest.mark.parametrize("headers", [{}, CHUNKED], ids=["with a length", "without"])
def test_a_refusal_is_html_for_pages_and_json_for_the_api(
    headers: dict[str, str], path: str, form: str, make_app: MakeApp
) -> None:
    client = client_of(make_app(MAX_CONTENT_LENGTH=GENERAL), read, path)

    response = client.post(
        path,
        data=b"x" * LARGE,
        headers=headers,
        environ_overrides=ENDED_BY_THE_SERVER,
    )

    assert (response.status_code, response.mimetype) == (413, form)


@pytest.mark.parametrize(
    "server", [{}, ENDED_BY_THE_SERVER], ids=["development", "production"]
)
def test_an_empty_post_without_a_length_is_no_error(
    server: dict[str, bool], make_app: MakeApp
) -> None:
    client = client_of(make_app(), read)

    response = client.post("/body", environ_overrides={"CONTENT_LENGTH": "", **server})

    assert (response.status_code, response.text) == (200, "0")


class ServerError(Exception):
    """Servers raise such errors for malformed chunks; they derive from Exception."""


class Malformed(io.RawIOBase):
    def __init__(self, error: Exception) -> None:
        self.error = error

    def readinto(self, buffer: Any) -> int:
        raise self.error


@pytest.mark.parametrize("error", [OSError, ValueError, ServerError])
def test_a_malformed_body_is_a_bad_request(
    error: type[Exception], make_app: MakeApp
) -> None:
    client = client_of(make_app(PROPAGATE_EXCEPTIONS=False), read)

    response = client.post(
        "/body",
        headers=CHUNKED,
        environ_overrides={**ENDED_BY_THE_SERVER, "wsgi.input": Malformed(error())},
    )

    assert response.status_code == 400


@pytest.mark.parametrize(
    "server", [{}, ENDED_BY_THE_SERVER], ids=["development", "production"]
)
def test_a_body_shorter_than_its_length_is_a_bad_request(
    server: dict[str, bool], make_app: MakeApp
) -> None:
    client = client_of(make_app(), read)

    response = client.post(
        "/body",
        data=b"x" * 10,
        environ_overrides={"wsgi.input": io.BytesIO(b"x" * 9), **server},
    )

    assert response.status_code == 400


def refused(app: Flask, body: io.BytesIO, size: int) -> TestResponse:
    """Return the closed response to a body that the server terminates."""
    response = client_of(app, read).post(
        "/body",
        environ_overrides={
            **ENDED_BY_THE_SERVER,
            "wsgi.input": body,
            "CONTENT_LENGTH": str(size),
        },
    )
    response.close()
    return response


@pytest.mark.parametrize(
    ("size", "left"),
    [(LARGE, 0), (uploads.MAX_DRAIN_BYTES + 1, uploads.MAX_DRAIN_BYTES + 1)],
    ids=["bounded", "too long"],
)
def test_the_rest_of_a_refused_body_is_read_within_bounds(
    size: int, left: int, make_app: MakeApp
) -> None:
    body = io.BytesIO(bytes(size))

    response = refused(make_app(MAX_CONTENT_LENGTH=GENERAL), body, size)

    assert response.status_code == 413
    assert size - body.tell() == left


def test_a_slow_rest_of_a_body_is_not_awaited(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_DRAIN_SECONDS", -1)
    size = 1_000_000
    body = io.BytesIO(bytes(size))

    response = refused(make_app(MAX_CONTENT_LENGTH=GENERAL), body, size)

    assert response.status_code == 413
    assert 0 < body.tell() < size


@pytest.mark.parametrize(
    "setting", ["MAX_FORM_MEMORY_SIZE", "MAX_FORM_PARTS"], ids=["field", "parts"]
)
def test_the_fields_of_a_form_with_files_have_a_limit(
    setting: str, make_app: MakeApp
) -> None:
    client = client_of(make_app(**{setting: 1}), read_file)

    response = client.post("/body", data={"first": "ab", **a_file(1)})

    assert getattr(Config(), setting) > 1
    assert response.status_code == 413
