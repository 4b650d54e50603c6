"""Every request: headers, id and log line; static files; proxies."""

from __future__ import annotations

import json
import logging
import secrets

import pytest
from flask import Flask
from flask import render_template_string
from flask import request
from flask import session
from flask import url_for
from flask.testing import FlaskClient

from app.core.request_log import JsonFormatter
from app.core.request_log import TextFormatter
from tests.support.applications import entries
from tests.support.applications import log_from_now_on
from tests.support.applications import MakeApp


def test_responses_have_the_security_headers(client: FlaskClient) -> None:
    headers = client.get("/").headers

    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_a_view_may_set_a_header_itself(make_app: MakeApp) -> None:
    app = make_app()
    app.add_url_rule(
        "/framed", view_func=lambda: ("", {"X-Frame-Options": "SAMEORIGIN"})
    )

    headers = app.test_client().get("/framed").headers

    assert headers.getlist("X-Frame-Options") == ["SAMEORIGIN"]


@pytest.mark.parametrize(
    ("scheme", "expected"), [("https", "max-age=60"), ("http", None)]
)
def test_hsts_is_sent_only_over_https(
    scheme: str, expected: str | None, make_app: MakeApp
) -> None:
    client = make_app(HSTS_SECONDS=60).test_client()

    response = client.get("/", base_url=f"{scheme}://localhost")

    assert response.headers.get("Strict-Transport-Security") == expected


def test_each_request_writes_one_line_without_its_secrets(make_app: MakeApp) -> None:
    app = make_app(LOG_LEVEL="INFO")
    lines = log_from_now_on()
    client = app.test_client()
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], "cookie-secret")
    response = client.post(
        "/nowhere?token=query-secret",
        data={"password": "body-secret"},
        headers={"Authorization": "Bearer header-secret"},
    )

    (line,) = lines.getvalue().splitlines()
    fields = json.loads(line)
    assert "secret" not in line
    assert fields["message"] == "request"
    assert fields["method"] == "POST"
    assert fields["path"] == "/nowhere"
    assert fields["status"] == response.status_code == 404
    assert fields["request_id"] == response.headers["X-Request-ID"]
    assert fields["milliseconds"] >= 0


def test_a_higher_log_level_keeps_only_the_lines_of_failures(
    make_app: MakeApp,
) -> None:
    app = make_app(PROPAGATE_EXCEPTIONS=False, LOG_LEVEL="ERROR")
    lines = log_from_now_on()
    app.add_url_rule("/crash", view_func=lambda: str(1 / 0))

    for path in ("/nowhere", "/crash"):
        app.test_client().get(path)

    (line,) = entries(lines)
    assert "ZeroDivisionError" in line["exception"]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_path_cannot_forge_a_line(as_json: bool, make_app: MakeApp) -> None:
    app = make_app(LOG_JSON=as_json, LOG_LEVEL="INFO")
    lines = log_from_now_on()

    app.test_client().get('/%0A{"message":"forged"}%0D%1B[31m')

    assert len(lines.getvalue().splitlines()) == 1
    assert "\x1b" not in lines.getvalue()


def test_a_crash_is_logged_with_the_id_of_its_request(make_app: MakeApp) -> None:
    app = make_app(PROPAGATE_EXCEPTIONS=False, LOG_LEVEL="INFO")
    lines = log_from_now_on()
    app.add_url_rule("/crash", view_func=lambda: str(1 / 0))

    response = app.test_client().get("/crash")

    crash, line = entries(lines)
    assert "ZeroDivisionError" in crash["exception"]
    assert crash["request_id"] == line["request_id"] == response.headers["X-Request-ID"]
    assert crash["request_id"] in response.text


def test_formatters_work_outside_of_requests() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%d rows", (3,), None)

    assert json.loads(JsonFormatter().format(record))["message"] == "3 rows"
    assert TextFormatter().format(record) == "INFO x: 3 rows"


@pytest.mark.parametrize(
    ("hops", "given", "taken"),
    [
        (0, "from-a-client", False),
        (1, "from-the-proxy", True),
        (1, "two\tparts", False),
        (1, "x" * 65, False),
    ],
)
def test_only_a_proxy_may_give_the_request_id(
    hops: int, given: str, taken: bool, make_app: MakeApp
) -> None:
    client = make_app(PROXY_HOPS=hops).test_client()

    response = client.get("/", headers={"X-Request-ID": given})

    assert (response.headers["X-Request-ID"] == given) is taken


@pytest.mark.parametrize(
    ("hops", "seen"),
    [
        (0, ["127.0.0.1", "http", "localhost"]),
        (1, ["192.0.2.1", "https", "example.com"]),
    ],
)
def test_forwarding_headers_are_used_only_behind_a_proxy(
    hops: int, seen: list[str], make_app: MakeApp
) -> None:
    app = make_app(PROXY_HOPS=hops)
    app.add_url_rule(
        "/seen", view_func=lambda: [request.remote_addr, request.scheme, request.host]
    )

    response = app.test_client().get(
        "/seen",
        headers={
            "X-Forwarded-For": "203.0.113.9, 192.0.2.1",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "example.com",
        },
    )

    assert response.get_json() == seen


def link_below(make_app: MakeApp, prefix: str, **settings: object) -> str:
    """Return the URL of a page behind a proxy that sends X-Forwarded-Prefix."""
    app = make_app(**{"PROXY_HOPS": 1, "PROXY_PREFIX": True, **settings})
    app.add_url_rule("/linked", "linked", lambda: url_for("linked"))

    response = app.test_client().get(
        "/linked", environ_overrides={"HTTP_X_FORWARDED_PREFIX": prefix}
    )

    assert response.status_code == 200
    return response.text


@pytest.mark.parametrize(
    ("prefix", "hops", "link"),
    [
        ("/shop", 1, "/shop/linked"),
        ("/shop/", 1, "/shop/linked"),
        ("/a-b/c_d/~e/1.0", 1, "/a-b/c_d/~e/1.0/linked"),
        ("/a-client-s, /shop", 1, "/shop/linked"),
        ("/shop, /inner", 2, "/shop/linked"),
        ("/shop", 2, "/linked"),
    ],
)
def test_each_link_starts_with_the_prefix_of_the_proxy(
    prefix: str, hops: int, link: str, make_app: MakeApp
) -> None:
    assert link_below(make_app, prefix, PROXY_HOPS=hops) == link


@pytest.mark.parametrize("settings", [{"PROXY_PREFIX": False}, {"PROXY_HOPS": 0}])
def test_a_prefix_is_used_only_if_the_settings_allow_it(
    settings: dict[str, object], make_app: MakeApp
) -> None:
    assert link_below(make_app, "/shop", **settings) == "/linked"


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "/",
        "//evil.example",
        "/shop//evil.example",
        "/shop//",
        "shop",
        "localhost:99999",
        "https://evil.example",
        "/shop:99999",
        "/..",
        "/shop/..",
        "/shop/../../x",
        "/./shop",
        "/shop/.",
        "/\\evil.example",
        "/shop\n",
        "/shop\r\nX: y",
        "/shop\x00",
        "/sh op",
        "/shop?x=1",
        "/shop#x",
        "/%2e%2e",
        "/%2f%2fevil.example",
        "/caf\xe9",
        "/<script>",
        "/shop@evil.example",
        "/shop, //evil.example",
        "/shop,",
        "/" + 200 * "x",
    ],
)
def test_an_invalid_prefix_is_ignored(prefix: str, make_app: MakeApp) -> None:
    assert link_below(make_app, prefix) == "/linked"


def test_static_addresses_carry_the_version_of_the_file(
    app: Flask, client: FlaskClient
) -> None:
    with app.test_request_context():
        address = url_for("static", filename="css/style.css")
        missing = url_for("static", filename="css/missing.css")

    assert "?v=" in address
    assert "?v=" not in missing
    assert address in client.get("/").text


@pytest.mark.parametrize(
    ("version", "kept"),
    [("the right one", True), ("000000000000", False), (None, False)],
)
def test_only_the_current_version_is_cached_for_long(
    version: str | None, kept: bool, app: Flask, client: FlaskClient
) -> None:
    with app.test_request_context():
        address = url_for("static", filename="css/style.css")
    if version != "the right one":
        address = address.split("?")[0] + (f"?v={version}" if version else "")

    with client.get(address) as response:
        assert response.status_code == 200
        assert ("immutable" in response.headers["Cache-Control"]) is kept
        assert ("max-age=31536000" in response.headers["Cache-Control"]) is kept


@pytest.mark.parametrize(
    ("path", "content_type"),
    [("/favicon.ico", "image/"), ("/robots.txt", "text/plain")],
)
def test_files_that_clients_request_at_the_root_are_served(
    path: str, content_type: str, client: FlaskClient
) -> None:
    with client.get(path) as response:
        assert response.status_code == 200
        assert response.content_type.startswith(content_type)


@pytest.mark.parametrize("path", ["/static/../config.py", "/static/%2e%2e/config.py"])
def test_paths_outside_the_static_folder_are_not_found(
    path: str, client: FlaskClient
) -> None:
    assert client.get(path).status_code == 404


def test_a_session_too_large_for_a_cookie_fails_a_test(make_app: MakeApp) -> None:
    """Werkzeug only warns, and warnings are errors in tests."""
    app = make_app()

    @app.get("/fill")
    def fill() -> str:
        session["basket"] = secrets.token_hex(4000)  # random: not compressible
        return ""

    with pytest.raises(UserWarning, match="too large"):
        app.test_client().get("/fill")


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("/", "/"),
        ("/t/a%3Fb%23c%25", "/t/a%3Fb%23c%25"),
        ("/t/ü", "/t/%C3%BC"),
        ("/t/@you:~(1)", "/t/@you:~(1)"),
        ("/?page=2", "/?page=2"),
        ("/?page=1", "/"),
        ("/?page=x", None),
        ("/?page=", None),
        ("/?q=1", None),
        ("/?page=2&q=1", None),
    ],
)
def test_the_public_address_of_a_page_is_below_that_of_the_site(
    asked: str, named: str | None, make_app: MakeApp
) -> None:
    site = "https://example.com/shop"
    app = make_app(SITE_URL=f"{site}/", SCRIPT_NAME="/shop", TRUSTED_HOSTS=["*"])
    app.add_url_rule("/t/<text>", "t", lambda text: named_here())
    app.view_functions["main.index"] = named_here

    response = app.test_client().get(f"/shop{asked}")

    assert response.text == (f"{site}{named}" if named else "None")


def named_here() -> str:
    return render_template_string("{{ canonical_url() | string | safe }}")


@pytest.mark.parametrize("site", [None, ""])
def test_without_an_address_of_the_site_pages_have_no_public_address(
    site: str | None, make_app: MakeApp
) -> None:
    with make_app(SITE_URL=site).test_request_context("/"):
        assert named_here() == "None"
