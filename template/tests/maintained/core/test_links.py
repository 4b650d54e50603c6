"""Absolute links outside of a request."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import BuildError

from app.core import links
from tests.support.applications import MakeApp


@pytest.mark.parametrize("site", ["https://example.com", "https://example.com/shop"])
def test_a_link_is_below_the_address_of_the_site(site: str, make_app: MakeApp) -> None:
    app = make_app(SITE_URL=site)

    with app.app_context():
        assert links.link("main.index", page=2) == f"{site}/?page=2"


def test_the_host_of_a_request_does_not_matter(make_app: MakeApp) -> None:
    app = make_app(SITE_URL="https://example.com")

    with app.test_request_context("/", base_url="http://evil.example"):
        assert links.link("main.index") == "https://example.com/"


@pytest.mark.parametrize(
    ("name", "address"),
    [("development", "http://127.0.0.1:5000/"), ("testing", "http://localhost/")],
)
def test_development_and_tests_have_an_address(
    name: str, address: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SITE_URL", None)
    monkeypatch.setitem(app.config, "APP_CONFIG", name)
    with app.app_context():
        assert links.link("main.index") == address


def test_the_links_of_development_have_the_port_that_it_serves_on(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(SITE_URL=None)
    monkeypatch.setitem(app.config, "APP_CONFIG", "development")
    links.init_app(app)
    socket = {"SERVER_PORT": "5001"}
    client = app.test_client()
    client.get("/", base_url="http://evil.example:80", environ_overrides=socket)

    with app.app_context():
        assert links.link("main.index") == "http://127.0.0.1:5001/"


def test_production_has_no_address(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SITE_URL", None)
    monkeypatch.setitem(app.config, "APP_CONFIG", "production")
    with app.app_context(), pytest.raises(links.NoSiteAddressError, match="SITE_URL"):
        links.link("main.index")


def test_a_view_that_is_not_there_has_no_link(app: Flask) -> None:
    with app.app_context(), pytest.raises(BuildError):
        links.link("main.nothing")
