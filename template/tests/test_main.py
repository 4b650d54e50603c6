"""The pages of the site. Change this test with app/main/routes.py."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape


def test_the_start_page_has_the_name_of_the_site(
    app: Flask, client: FlaskClient
) -> None:
    response = client.get("/")

    assert response.status_code == 200, (
        f"GET / is {response.status_code}. If your start page is at another path or "
        "asks for a log-in, change this test."
    )
    assert escape(app.config["SITE_NAME"]) in response.text, (
        "The start page has no SITE_NAME. If it has another text, change this test."
    )


# Add your tests below this line.
