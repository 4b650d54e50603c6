"""What is announced to end."""

from __future__ import annotations

from datetime import date

from flask import abort
from flask import Blueprint
from flask.testing import FlaskClient

from app.core import deprecation
from tests.support.applications import MakeApp

SINCE, SUNSET = date(2027, 1, 1), date(2027, 7, 1)
LINK = "https://example.com/v2"


@deprecation.deprecated(since=SINCE, sunset=SUNSET, link=LINK)
def old(name: str) -> str:
    if name == "nobody":
        abort(404)
    return name


def client_of(make_app: MakeApp) -> FlaskClient:
    app = make_app()
    app.add_url_rule("/api/old/<name>", view_func=old)
    version = Blueprint("version", __name__, url_prefix="/api/v0")
    version.add_url_rule("/thing", "thing", dict)
    version.after_request(deprecation.headers(since=SINCE))
    app.register_blueprint(version)
    return app.test_client()


def test_a_view_announces_its_end_with_errors_too(make_app: MakeApp) -> None:
    client = client_of(make_app)

    for response in (client.get("/api/old/ada"), client.get("/api/old/nobody")):
        assert response.headers["Deprecation"] == "@1798761600"
        assert response.headers["Sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
        assert response.headers["Link"] == f'<{LINK}>; rel="deprecation"'
    assert client.get("/api/old/ada").text == "ada"


def test_a_whole_version_announces_it_by_one_line(make_app: MakeApp) -> None:
    client = client_of(make_app)
    response = client.get("/api/v0/thing")

    assert response.headers["Deprecation"] == "@1798761600"
    assert "Sunset" not in response.headers
    assert "Link" not in response.headers
    assert "Deprecation" not in client.get("/api/health").headers
