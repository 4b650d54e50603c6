"""Every response has its headers, its id and one log line, also after an error."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import NoReturn

import flask
import pytest
from flask import Flask
from flask import Response
from flask import session
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.test import EnvironBuilder
from werkzeug.test import run_wsgi_app

from app.core import headers
from app.core.request_log import note
from app.core.request_log import request_id
from app.core.responses import wrap
from app.core.static_files import version
from app.core.unavailable import UnavailableError
from tests.support.applications import entries
from tests.support.applications import log_from_now_on
from tests.support.applications import MakeApp

# What these tests read; the project may have other values in config.py and its layout.
KNOWN: dict[str, object] = {
    "CONTENT_SECURITY_POLICY": {"frame-ancestors": "'none'"},
    "LOG_JSON": True,
    "LOG_LEVEL": "INFO",
    "PROXY_HOPS": 0,
    "SESSION_COOKIE_NAME": "session",
}
ERROR_PAGE = "{{ error.name }} {{ url_for('static', filename='a.css') }}"

Environ = dict[str, object]


def fail(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("planted")


@dataclass
class Answer:
    """What a client received, and what was logged about it."""

    status: int
    headers: Any
    body: str
    lines: list[dict[str, Any]]

    @property
    def tracebacks(self) -> list[str]:
        return [line["exception"] for line in self.lines if "exception" in line]

    def check(self) -> None:
        """Check what every response has."""
        (line,) = [line for line in self.lines if line["message"] == "request"]
        assert line["status"] == self.status
        assert line["request_id"] == self.headers["X-Request-ID"]
        assert "frame-ancestors 'none'" in self.headers["Content-Security-Policy"]
        for name, value in headers.STATIC_HEADERS.items():
            assert self.headers.getlist(name) == [value]

    def check_failure(self) -> None:
        self.check()
        assert self.status == 500
        assert self.headers["Cache-Control"] == "no-store"
        assert "Internal Server Error" in self.body
        assert "planted" not in self.body


def ask(app: Flask, path: str = "/site", **environ: object) -> Answer:
    """Send a request as a server does, without the checks of the test client."""
    lines = log_from_now_on()
    asked: Environ = {**EnvironBuilder(path).get_environ(), **environ}
    body, status, sent = run_wsgi_app(app, asked, buffered=True)
    return Answer(
        int(status[:3]),
        sent,
        b"".join(body).decode(),
        entries(lines),
    )


@pytest.fixture
def served(make_app: MakeApp, tmp_path: Path) -> Iterator[Flask]:
    """An application as in production, with a page and an API route."""
    app = make_app(**KNOWN, PROPAGATE_EXCEPTIONS=False)
    (tmp_path / "error.html").write_text(ERROR_PAGE, encoding="utf-8")
    app.template_folder = str(tmp_path)
    # Flask's default is one object for all applications.
    app.session_interface = copy(app.session_interface)
    app.add_url_rule("/site", view_func=greet)
    app.add_url_rule("/api/site", "api_site", view_func=greet)
    yield app

    # The connections are closed inside a context, which must not fail.
    app.teardown_appcontext_funcs.clear()
    vars(app).pop("create_url_adapter", None)
    flask.appcontext_tearing_down.disconnect(fail, app)


def greet() -> str:
    session["greeted"] = True
    return "hello"


def replace_views(app: Flask, view: Callable[..., Any]) -> None:
    app.view_functions["greet"] = app.view_functions["api_site"] = view


def raise_after_this_request(app: Flask) -> None:
    app.before_request(lambda: flask.after_this_request(fail) and None)


def return_nothing(*_: object) -> Any:
    return None


def raise_in_the_error_page(app: Flask) -> None:
    replace_views(app, fail)
    app.register_error_handler(500, fail)


def raise_in_the_page_of_a_404(app: Flask) -> None:
    replace_views(app, lambda: flask.abort(404))
    app.register_error_handler(404, fail)


def raise_in_the_session(name: str) -> Callable[[Flask], None]:
    return lambda app: setattr(app.session_interface, name, fail)


def raise_in_a_receiver(signal: str) -> Callable[[Flask], None]:
    return lambda app: getattr(flask, signal).connect(fail, app) and None


def send(name: str, value: str) -> Callable[[Flask], None]:
    def plant(app: Flask) -> None:
        @app.after_request
        def add(response: Response) -> Response:
            response.headers[name] = value
            return response

    return plant


# Each one raises at another place.
FAULTS: dict[str, Callable[[Flask], object]] = {
    "view": lambda app: replace_views(app, fail),
    "view that returns nothing": lambda app: replace_views(app, return_nothing),
    "url_value_preprocessor": lambda app: app.url_value_preprocessor(fail),
    "before_request": lambda app: app.before_request(fail),
    "after_request": lambda app: app.after_request(fail),
    "after_request that returns nothing": lambda app: app.after_request(return_nothing),
    "after_this_request": raise_after_this_request,
    "teardown_request": lambda app: app.teardown_request(fail),
    "teardown_appcontext": lambda app: app.teardown_appcontext(fail),
    "error page": raise_in_the_error_page,
    "page of a 404": raise_in_the_page_of_a_404,
    "opening the session": raise_in_the_session("open_session"),
    "saving the session": raise_in_the_session("save_session"),
    "request_started": raise_in_a_receiver("request_started"),
    "request_finished": raise_in_a_receiver("request_finished"),
    "request_tearing_down": raise_in_a_receiver("request_tearing_down"),
    "appcontext_tearing_down": raise_in_a_receiver("appcontext_tearing_down"),
    "value that cannot be sent": send("X-Note", "\N{EURO SIGN}"),
    "name that cannot be sent": send("X Note", "fine"),
    "status that cannot be sent": lambda app: replace_views(app, lambda: ("", "odd")),
    "URL adapter": lambda app: setattr(app, "create_url_adapter", fail),
    "Flask": lambda app: setattr(wrap(app), "flask", fail),
}


# The second error is raised while the first is handled.
RAISE_TWICE = {"error page", "request_finished"}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", ["/site", "/api/site"])
def test_an_error_is_answered_and_logged_once(
    fault: str, path: str, served: Flask
) -> None:
    FAULTS[fault](served)

    answer = ask(served, path)

    answer.check_failure()
    assert len(answer.tracebacks) == (2 if fault in RAISE_TWICE else 1)
    if path == "/site":
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    else:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(answer.body)["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize("fault", ["before_request", "teardown_request"])
def test_an_error_is_answered_for_every_method(
    fault: str, method: str, served: Flask
) -> None:
    FAULTS[fault](served)

    answer = ask(served, REQUEST_METHOD=method)

    answer.check() if method == "HEAD" else answer.check_failure()
    assert bool(answer.body) is (method != "HEAD")


@pytest.mark.parametrize(
    "kind",
    [
        "url_value_preprocessors",
        "before_request_funcs",
        "after_request_funcs",
        "teardown_request_funcs",
        "teardown_appcontext_funcs",
    ],
)
def test_each_hook_of_the_project_may_fail(kind: str, served: Flask) -> None:
    hooks = getattr(served, kind)
    functions: list[Any] = hooks if isinstance(hooks, list) else hooks.get(None, [])

    for place, function in enumerate(functions):
        functions[place] = fail
        ask(served).check_failure()
        functions[place] = function

    answer = ask(served)
    answer.check()
    assert answer.status == 200


def test_a_failing_hook_does_not_stop_other_hooks(served: Flask) -> None:
    def mark(response: Response) -> Response:
        response.headers.add("X-Mark", "here")
        response.set_cookie("mark", "here")
        return response

    for function in (mark, fail, mark, fail, mark):
        served.after_request(function)

    answer = ask(served)

    answer.check_failure()
    assert answer.headers.getlist("X-Mark") == ["here"] * 3
    assert len(answer.tracebacks) == 1
    cookies = " ".join(answer.headers.getlist("Set-Cookie"))
    assert "mark=here" in cookies
    assert "session=" in cookies


def test_a_hook_that_returns_nothing_is_named(served: Flask) -> None:
    served.after_request(return_nothing)

    (traceback,) = ask(served).tracebacks

    assert "TypeError: return_nothing returned None" in traceback


@pytest.mark.parametrize("place", ["after_request", "open_session", "save_session"])
def test_a_temporary_failure_of_a_hook_is_a_503(place: str, served: Flask) -> None:
    def time_out(*_: object) -> NoReturn:
        raise PoolTimeoutError("no connection is free")

    def share(response: Response) -> Response:
        response.cache_control.public = True
        return response

    served.after_request(share)
    if place == "after_request":
        served.after_request(time_out)
    else:
        setattr(served.session_interface, place, time_out)

    answer = ask(served)

    answer.check()
    assert answer.status == 503
    assert "Retry-After" in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.lines) == 1


def test_the_session_is_saved_if_the_error_page_fails(served: Flask) -> None:
    def greet_and_fail() -> NoReturn:
        session["greeted"] = True
        fail()

    replace_views(served, greet_and_fail)
    served.register_error_handler(500, fail)

    assert "session=" in ask(served).headers["Set-Cookie"]


@pytest.mark.parametrize("kind", ["teardown_request", "teardown_appcontext"])
def test_a_failing_teardown_does_not_stop_other_teardowns(
    kind: str, served: Flask
) -> None:
    called = []
    for name in ("first", "second", "third"):
        getattr(served, kind)(lambda _, name=name: called.append(name))
        getattr(served, kind)(fail)

    answer = ask(served)

    answer.check_failure()
    assert called == ["third", "second", "first"]
    assert answer.tracebacks[0].count("RuntimeError: planted") == 3


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("path", ["/site", "/api/site"])
def test_a_database_that_goes_away_in_a_teardown_is_a_503(
    path: str, times: int, served: Flask
) -> None:
    def go_away(_: object) -> None:
        raise UnavailableError("planted")

    for _ in range(times):
        served.teardown_appcontext(go_away)

    answer = ask(served, path)

    answer.check()
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Service Unavailable" in answer.body


def test_a_defect_beside_an_outage_is_a_500(served: Flask) -> None:
    def go_away(_: object) -> None:
        raise UnavailableError("planted")

    for function in (fail, go_away):
        served.teardown_appcontext(function)

    ask(served).check_failure()


def test_a_teardown_error_reaches_the_code_that_opened_the_context(
    served: Flask,
) -> None:
    served.teardown_appcontext(fail)

    with pytest.raises(RuntimeError, match="planted"), served.app_context():
        pass


def test_blueprint_hooks_run_only_for_their_blueprint(served: Flask) -> None:
    blueprint = flask.Blueprint("of_its_own", __name__, url_prefix="/of-its-own")
    blueprint.after_request(fail)
    blueprint.add_url_rule("/page", view_func=greet)
    served.register_blueprint(blueprint)

    ask(served, "/of-its-own/page").check_failure()
    assert ask(served).status == 200


@pytest.mark.parametrize(
    "log",
    ["app.core.request_log", "app.core.responses", ""],
    ids=["own", "ours", "all"],
)
def test_a_failing_log_handler_does_not_stop_the_response(
    log: str, served: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(log), "handle", fail)
    FAULTS["teardown_request"](served)

    answer = ask(served)

    assert answer.status == 500
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_failing_middleware_does_not_stop_the_response(served: Flask) -> None:
    wrap(served).set_headers = fail

    answer = ask(served)

    assert (answer.status, answer.body) == (200, "hello")
    assert answer.headers["X-Request-ID"] == answer.lines[-1]["request_id"]
    assert len(answer.tracebacks) == 1


def test_a_response_body_that_is_not_sent_is_closed(served: Flask) -> None:
    closed = []

    def view() -> Response:
        response = Response("", headers={"X-Note": "\N{EURO SIGN}"})
        response.call_on_close(lambda: closed.append(True))
        return response

    replace_views(served, view)

    ask(served).check_failure()
    assert closed == [True]


@pytest.mark.parametrize("fault", ["view", "after_request", "teardown_request"])
def test_a_test_or_the_debugger_gets_the_exception(
    fault: str, make_app: MakeApp
) -> None:
    app = make_app(**KNOWN, PROPAGATE_EXCEPTIONS=None)
    app.add_url_rule("/site", view_func=greet)
    FAULTS[fault](app)

    lines = log_from_now_on()
    with pytest.raises(RuntimeError, match="planted"):
        app.test_client().get("/site")

    (line,) = entries(lines)
    assert (line["message"], line["status"]) == ("request", 500)


# What a client may send, including bytes that no browser sends: the path, the
# environment, and the status of the response.
ODD_REQUESTS: dict[str, tuple[str, Environ, int]] = {
    "NUL in a path": ("/%00", {}, 404),
    "NUL in a static path": ("/static/%00", {}, 404),
    "NUL in a static name": ("/static/a%00b", {}, 404),
    "NUL with a version": ("/static/a%00b?v=000000000000", {}, 404),
    "NUL in the query": ("/site?%00=%00", {}, 400),
    "NUL in the path of a view": ("/name/%00", {}, 404),
    "NUL in the API": ("/api/%00", {}, 404),
    "NUL in a host": ("/site", {"HTTP_HOST": "a\0b"}, 200),
    "NUL in a cookie": ("/site", {"HTTP_COOKIE": "session=\0; \0=a"}, 200),
    "invalid UTF-8 in a path": ("/%ff", {}, 404),
    "invalid UTF-8 in a static path": ("/static/%ff?v=1", {}, 404),
    "invalid UTF-8 in a quoted query": ("/query?a=%ff", {}, 200),
    "invalid UTF-8 in a raw query": ("/query", {"QUERY_STRING": "a=\xff"}, 200),
    "invalid UTF-8 in a cookie": ("/site", {"HTTP_COOKIE": "session=\xff"}, 200),
    "a host that is no IDNA": ("/site", {"HTTP_HOST": "xn--a"}, 200),
    "a host that is too long": ("/site", {"HTTP_HOST": "a" * 300}, 400),
    "a probe at such a host": ("/api/health", {"HTTP_HOST": "a" * 300}, 200),
    "a long path": ("/" + "a" * 9_000, {}, 404),
    "an unknown method": ("/site", {"REQUEST_METHOD": "A" * 9_000}, 405),
    "a length that is no number": ("/site", {"CONTENT_LENGTH": "many"}, 200),
    "no path": ("/", {"PATH_INFO": ""}, 308),
    "no address": ("/site", {"REMOTE_ADDR": None}, 200),
}


@pytest.mark.parametrize("request_", ODD_REQUESTS)
def test_a_malformed_request_is_no_server_error(request_: str, served: Flask) -> None:
    path, environ, status = ODD_REQUESTS[request_]
    served.add_url_rule("/query", view_func=lambda: flask.request.args)
    served.add_url_rule("/name/<name>", "name", lambda name: name)

    answer = ask(served, path, **environ)

    answer.check()
    assert answer.status == status
    assert answer.tracebacks == []
    assert len(json.dumps(answer.lines)) < 600


@pytest.mark.parametrize("policy", [None, "", {}, "default-src\n  'none'", 7])
def test_a_policy_of_any_type_removes_no_other_header(
    policy: object, served: Flask
) -> None:
    served.config["CONTENT_SECURITY_POLICY"] = policy
    del served.config["HSTS_SECONDS"]

    sent = ask(served, **{"wsgi.url_scheme": "https"}).headers

    assert sent["X-Frame-Options"] == "DENY"
    expected = " ".join(str(policy or "").split())
    assert sent.get("Content-Security-Policy", "") == expected


@pytest.mark.parametrize("policy", [7, ["default-src"], {"img-src": "\N{SNOWMAN}"}])
def test_an_invalid_policy_stops_the_start(policy: object, make_app: MakeApp) -> None:
    with pytest.raises(SystemExit, match="CONTENT_SECURITY_POLICY must be"):
        make_app(CONTENT_SECURITY_POLICY=policy)


@pytest.mark.parametrize("status", [404, 500, 503])
def test_an_error_at_the_url_of_a_file_is_not_cached(
    status: int, served: Flask
) -> None:
    with served.test_request_context():
        address = flask.url_for("static", filename="css/style.css")
    served.view_functions["static"] = lambda filename: flask.abort(status)

    answer = ask(served, address)

    assert answer.status == status
    assert "immutable" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "../a", "a" * 9_000])
def test_the_url_of_a_missing_file_has_no_version(name: str, app: Flask) -> None:
    with app.app_context():
        assert version(name) is None


def test_a_view_may_set_the_cache_lifetime(served: Flask) -> None:
    replace_views(served, lambda: ("busy", 503, {"Cache-Control": "max-age=30"}))

    assert ask(served).headers["Cache-Control"] == "max-age=30"


def test_a_view_may_add_fields_to_its_log_line(served: Flask) -> None:
    def view() -> str:
        note(level=logging.WARNING, failure="database")
        note(tries=2)
        return ""

    replace_views(served, view)

    (line,) = ask(served).lines
    assert line["level"] == "warning"
    assert (line["failure"], line["tries"]) == ("database", 2)


def test_the_log_line_and_the_headers_use_the_proxy_headers(make_app: MakeApp) -> None:
    app = make_app(**{**KNOWN, "PROXY_HOPS": 1, "HSTS_SECONDS": 60})

    answer = ask(
        app,
        HTTP_X_FORWARDED_FOR="192.0.2.1",
        HTTP_X_FORWARDED_PROTO="https",
        HTTP_X_REQUEST_ID="from-the-proxy",
    )

    assert answer.lines[-1]["address"] == "192.0.2.1"
    assert answer.headers["Strict-Transport-Security"] == "max-age=60"
    assert answer.headers["X-Request-ID"] == "from-the-proxy"


def test_request_log_lines_are_short(served: Flask) -> None:
    lines = log_from_now_on()

    client = served.test_client()
    client.get("/site", environ_overrides={"REMOTE_ADDR": "203.0.113.200"})

    assert len(lines.getvalue()) <= 245


def test_a_request_id_exists_without_a_server(app: Flask) -> None:
    with app.test_request_context():
        assert re.fullmatch("[0-9a-f]{32}", request_id())
        assert request_id() == request_id()
