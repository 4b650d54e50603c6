"""What a browser has after redirects, on every version of Flask."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def session_of(browser: FlaskClient) -> dict[str, Any]:
    """Return what the session in the browser's cookie holds now.

    `flask.session` after a request is the one that the test client kept, which Flask
    3.1.0 and 3.1.1 take from the first hop (pallets/flask#5786).
    """
    with browser.session_transaction() as session:
        return dict(session)


def visited(response: TestResponse) -> list[str]:
    """Return the paths that were asked for, from the first hop to the last."""
    return [hop.request.path for hop in (*response.history, response)]
