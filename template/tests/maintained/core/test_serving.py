"""Servers: deploying a release, path prefixes, client addresses, log lines."""

from __future__ import annotations

import logging
import os
import sys
from io import StringIO
from pathlib import Path

import pytest
from flask import Blueprint
from flask import Flask
from flask import render_template
from flask import request
from flask import url_for

from app.core import preload
from app.core import static_files
from app.core.request_log import is_not_request_line
from app.core.request_log import JsonFormatter
from tests.support.applications import MakeApp


@pytest.fixture
def site(make_app: MakeApp, tmp_path: Path) -> Flask:
    """An application with a template and a stylesheet that the test writes."""
    app = make_app()
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/of_tests.html").write_text("old")
    (tmp_path / "static").mkdir()
    (tmp_path / "static/of-tests.css").write_text("old")
    app.static_folder = str(tmp_path / "static")
    pages = Blueprint("of_tests", __name__, template_folder=tmp_path / "pages")
    pages.add_url_rule("/of-tests", "page", lambda: render_template("of_tests.html"))
    app.register_blueprint(pages)
    return app


@pytest.mark.parametrize(
    ("name", "shown"),
    [("production", "old"), ("staging", "old"), ("testing", "new")],
)
def test_production_uses_the_templates_loaded_at_start(
    name: str, shown: str, site: Flask, tmp_path: Path
) -> None:
    site.config["APP_CONFIG"] = name
    preload.load(site)
    (tmp_path / "pages/of_tests.html").write_text("new")

    assert site.test_client().get("/of-tests").text == shown


def test_all_templates_stay_in_the_cache(site: Flask, tmp_path: Path) -> None:
    for number in range(450):
        (tmp_path / f"pages/{number}.html").write_text("")

    preload.load_templates(site)
    (tmp_path / "pages/of_tests.html").write_text("new")
    for number in range(450):
        site.jinja_env.get_template(f"{number}.html")

    assert site.test_client().get("/of-tests").text == "old"


@pytest.mark.parametrize(
    ("content", "said"), [(b"{% if %}", True), (b"\xff\xd8 a picture", False)]
)
def test_a_broken_template_does_not_stop_others_from_loading(
    content: bytes,
    said: bool,
    site: Flask,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "pages/broken.html").write_bytes(content)

    preload.load_templates(site)
    (tmp_path / "pages/of_tests.html").write_text("new")

    assert site.test_client().get("/of-tests").text == "old"
    assert ("broken.html cannot be loaded" in caplog.text) is said


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("of_tests.page", True),
        (".page", True),
        ("of_tests.gone", False),
        (".gone", False),
        ("page", False),
    ],
)
def test_a_template_knows_whether_an_endpoint_exists(
    name: str, known: bool, site: Flask, tmp_path: Path
) -> None:
    preload.load(site)
    page = tmp_path / "pages/of_tests.html"
    page.write_text(f"{{{{ has_endpoint({name!r}) }}}}")

    assert site.test_client().get("/of-tests").text == str(known)


def test_a_global_of_the_owner_is_kept(site: Flask) -> None:
    site.jinja_env.globals["has_endpoint"] = "the owner's"

    preload.load(site)

    assert site.jinja_env.globals["has_endpoint"] == "the owner's"


def test_static_urls_have_the_versions_read_at_start(
    site: Flask, tmp_path: Path
) -> None:
    static_files.remember_versions(site)
    with site.test_request_context():
        old = url_for("static", filename="of-tests.css")
    (tmp_path / "static/of-tests.css").write_text("newer")

    with site.test_request_context():
        assert url_for("static", filename="of-tests.css") == old
        new = static_files.version("of-tests.css")

    # Caches may have the old content under the old URL for a year.
    assert not is_immutable(site, old)
    assert is_immutable(site, f"{old.partition('?')[0]}?v={new}")


def is_immutable(site: Flask, address: str) -> bool:
    with site.test_client().get(address) as response:
        return "immutable" in response.headers["Cache-Control"]


def test_only_small_static_files_are_read_at_start(
    site: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_files, "MAX_REMEMBERED", 3)
    (tmp_path / "static/large.mp4").write_text("large")

    static_files.remember_versions(site)

    assert list(site.extensions[static_files.REMEMBERED]) == ["of-tests.css"]


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:0:1", "::ffff:0:1"),
    ],
)
def test_an_ipv4_client_on_an_ipv6_socket_has_an_ipv4_address(
    given: str, seen: str, make_app: MakeApp
) -> None:
    app = make_app()
    app.add_url_rule("/seen", view_func=lambda: [request.remote_addr])

    seen_by_view = app.test_client().get("/seen", environ_base={"REMOTE_ADDR": given})

    assert seen_by_view.json == [seen]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/shop/seen", "/seen"),
        ("/seen", "/seen"),
        ("/shopping", "/shopping"),
        ("/shop/shopping", "/shopping"),
    ],
)
def test_a_site_below_a_path_answers_with_and_without_it(
    path: str, found: str, make_app: MakeApp
) -> None:
    app = make_app(SCRIPT_NAME="/shop/")
    for rule in ("/seen", "/shopping"):
        app.add_url_rule(rule, rule, lambda: [request.script_root, request.path])
    # Unlike a server, the test client sets SCRIPT_NAME from APPLICATION_ROOT.
    environ = {"SCRIPT_NAME": "", "PATH_INFO": path}

    response = app.test_client().get(environ_overrides=environ)

    assert response.json == ["/shop", found]


def test_servers_do_not_read_script_name_from_the_environment(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRIPT_NAME", "/shop")

    app = make_app(SCRIPT_NAME="/shop")

    assert "SCRIPT_NAME" not in os.environ
    assert app.config["APPLICATION_ROOT"] == "/shop"


@pytest.mark.parametrize("path", ["shop", "//shop", "/../shop", "/a b"])
def test_an_invalid_site_path_stops_the_start(path: str, make_app: MakeApp) -> None:
    with pytest.raises(SystemExit, match="SCRIPT_NAME must be a path such as /shop"):
        make_app(SCRIPT_NAME=path)


@pytest.mark.parametrize("as_json", [True, False])
def test_other_loggers_write_json_as_well(as_json: bool, make_app: MakeApp) -> None:
    names = {"of_tests.err": sys.stderr, "of_tests.file": StringIO()}
    handlers = [logging.StreamHandler(stream) for stream in names.values()]
    for name, handler in zip(names, handlers, strict=True):
        logging.getLogger(name).handlers = [handler]

    make_app(LOG_JSON=as_json)
    formats = [isinstance(one.formatter, JsonFormatter) for one in handlers]
    for name in names:
        logging.getLogger(name).handlers = []

    assert formats == [as_json, False]


@pytest.mark.parametrize(
    ("path", "lines"), [("of-tests.css", 0), ("missing.css", 1), ("../of-tests", 1)]
)
def test_development_does_not_log_served_static_files(
    path: str, lines: int, site: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    site.extensions["logs_static_files"] = False
    caplog.set_level(logging.INFO, "app")

    site.test_client().get(f"/static/{path}").close()

    assert [record.message for record in caplog.records] == ["request"] * lines


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ('127.0.0.1 - - [26/Nov/2026 06:00:00] "%s" %s %s\n', False),
        ("127.0.0.1 - - [26/Nov/2026 06:00:00] code %d, message %s\n", True),
        (" * Running on http://127.0.0.1:5000", True),
        (" * Detected change in %r, reloading", True),
    ],
)
def test_only_request_lines_of_the_development_server_are_dropped(
    message: str, kept: bool
) -> None:
    record = logging.LogRecord("werkzeug", logging.INFO, "", 0, message, (), None)

    assert is_not_request_line(record) is kept
