"""Where a log-in leads: to the requested page, or to the first page of the user."""

from __future__ import annotations

from urllib.parse import parse_qs
from urllib.parse import quote
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound

from app.accounts.access import login_required
from app.accounts.redirects import own_path
from app.accounts.redirects import quoted_path
from tests.support.accounts import Account
from tests.support.applications import MakeApp

# The requested target, and where the browser is redirected to.
OWN = {
    "/pages/a?tab=2": "/pages/a?tab=2",
    "/pages/a#part": "/pages/a#part",
    "/pages/a?q=https://example.com//x": "/pages/a?q=https://example.com//x",
    "/pages/caf%C3%A9": "/pages/caf%C3%A9",
    "/pages/café": "/pages/caf%C3%A9",
    "/pages/日本?q=é ü": "/pages/%E6%97%A5%E6%9C%AC?q=%C3%A9%20%C3%BC",
    "/pages/100%25": "/pages/100%25",
    "/pages/a\\b\tc": "/pages/a%5Cb%09c",
    "/pages/a%2Fb": "/pages/a%2Fb",  # two segments, to Flask
    "/\u3002evil.example": "/%E3%80%82evil.example",
    "/pages/\u2028": "/pages/%E2%80%A8",
    "/pages/%FF": "/pages/%FF",
    "/folder": "/folder",  # Flask adds the slash
    "/": "/",
}
FOREIGN = [
    "https://evil.example",
    "http:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "//evil.example",
    "////evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\n/evil.example",
    "/\r\nSet-Cookie: a=b",
    "\x01//evil.example",
    "/pages//evil.example",
    "/..//evil.example",
    "/%2F/evil.example",
    "/%2F%2Fevil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "//evil.example\\@localhost",
    "/\u2028/evil.example",
    "\uff0f\uff0fevil.example",
    "/\ud800",
    "http://[::1",
    "/pages/" + "a" * 3000,
    "/pages/" + "é" * 600,
]
NOT_BY_GET = ["/delete", "/delete?id=1", "/auth/logout"]


@pytest.fixture
def site(app: Flask, make_app: MakeApp) -> Flask:
    """An application with pages, and with a path that only accepts POST."""
    made = make_app(SQLALCHEMY_DATABASE_URI=app.config["SQLALCHEMY_DATABASE_URI"])
    made.add_url_rule("/pages/<name>", "page", login_required(lambda name: name))
    made.add_url_rule("/folder/", "folder", str)
    made.add_url_rule(
        "/delete", "delete", login_required(lambda: "done"), methods=["POST"]
    )
    made.add_url_rule(
        "/edit", "edit", login_required(lambda: "done"), methods=["GET", "POST"]
    )
    return made


def judged(site: Flask, target: str, **environ: str) -> str | None:
    with site.test_request_context("/auth/login", environ_overrides=environ):
        return own_path(target)


@pytest.mark.parametrize(("target", "sent"), OWN.items(), ids=ascii)
def test_a_page_of_this_site_is_a_target(
    target: str, sent: str | None, site: Flask
) -> None:
    assert judged(site, target) == sent
    if sent:
        with site.test_request_context():
            assert own_path(sent) == sent


@pytest.mark.parametrize("target", FOREIGN, ids=ascii)
def test_another_site_is_no_target(target: str, site: Flask) -> None:
    assert judged(site, target) is None


@pytest.mark.parametrize("target", NOT_BY_GET)
def test_a_path_without_a_get_view_is_no_target(target: str, site: Flask) -> None:
    assert judged(site, target) is None


@pytest.mark.parametrize("target", ["/nowhere", "/pages/a/b", "/caf%C3%A9?q=%C3%BC"])
def test_a_path_of_another_application_is_a_target(target: str, site: Flask) -> None:
    assert judged(site, target) == target


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("/shop/pages/é", "/shop/pages/%C3%A9"),
        ("/shop", "/shop"),
        ("/shop/", "/shop/"),
        ("/shop//evil.example", None),
        ("/shopping", None),
        ("/pages/a", None),
        ("/shop/../pages/a", None),
        ("//evil.example/shop/pages/a", None),
    ],
)
def test_below_a_path_prefix_targets_have_the_prefix(
    target: str, sent: str | None, site: Flask
) -> None:
    assert judged(site, target, SCRIPT_NAME="/shop") == sent


@pytest.mark.real_database
@pytest.mark.parametrize(
    "wanted", ["/pages/caf%C3%A9?q=%C3%BC%26b", "/pages/a%20b?c=d%20e", "/pages/a"]
)
def test_a_log_in_leads_to_the_requested_page(
    wanted: str, site: Flask, user: Account
) -> None:
    browser = site.test_client()
    form = {"email": user.email, "password": user.password}
    asked = browser.get(wanted)
    assert asked.location

    sent = browser.post(asked.location, data=form).location
    assert sent == wanted
    assert browser.get(sent).status_code == 200
    # A user who is already logged in is redirected by the link.
    assert browser.get(asked.location).location == wanted


@pytest.mark.real_database
@pytest.mark.parametrize("target", ["//evil.example", "/delete"])
def test_a_log_in_with_an_invalid_target_leads_to_the_first_page(
    target: str, site: Flask, user: Account
) -> None:
    browser = site.test_client()
    form = {"email": user.email, "password": user.password}

    address = f"/auth/login?next={quote(target)}"

    assert browser.post(address, data=form).location == "/dashboard"
    assert browser.get(address).location == "/dashboard"


@pytest.mark.parametrize(
    ("path", "came_from", "target"),
    [
        ("/delete", "http://localhost/pages/caf%C3%A9?tab=2", "/pages/caf%C3%A9?tab=2"),
        ("/delete", "http://localhost/delete", None),
        ("/delete", "http://evil.example/pages/a", None),
        ("/delete", "http://localhost@evil.example/pages/a", None),
        ("/delete", "http://localhost//evil.example", None),
        ("/delete", "http://[", None),
        ("/delete", "", None),
        ("/edit?id=1", "http://localhost/pages/a", "/edit?id=1"),
    ],
)
def test_an_expired_form_leads_back_to_its_page(
    path: str, came_from: str, target: str | None, site: Flask
) -> None:
    answer = site.test_client().post(path, headers={"Referer": came_from})

    assert answer.location
    address = urlsplit(answer.location)
    assert address.path == "/auth/login"
    assert parse_qs(address.query).get("next") == ([target] if target else None)


def test_a_path_without_get_differs_from_an_unknown_path(site: Flask) -> None:
    """Checks the cases above: they would also pass on a site without any page."""
    adapter = site.url_map.bind("localhost")
    with pytest.raises(MethodNotAllowed):
        adapter.match("/delete", method="GET")
    with pytest.raises(NotFound):
        adapter.match("/nowhere", method="GET")
    assert quoted_path("/nowhere") == "/nowhere"
