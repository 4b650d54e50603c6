"""The session and the paths of a test client after redirects, on every Flask."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def session_of(browser: FlaskClient) -> dict[str, Any]:
    """Return the content of the session in the browser's cookie.

    After a request, `flask.session` is the one that the test client kept. Before Flask
    3.1.2 that is not the session of the last hop (pallets/flask#5786).
    """
    with browser.session_transaction() as session:
        return dict(session)


def visited(response: TestResponse) -> list[str]:
    """Return the requested paths, from the first hop to the last."""
    return [hop.request.path for hop in (*response.history, response)]
