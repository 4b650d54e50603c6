"""What a browser has after redirects, on every version of Flask."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def session_of(browser: FlaskClient) -> dict[str, Any]:
    """Return what the session in the browser's cookie holds now.

    `flask.session` after a request is the one that the test client kept, and before
    Flask 3.1.2 that is not the one of the last hop (pallets/flask#5786).
    """
    with browser.session_transaction() as session:
        return dict(session)


def visited(response: TestResponse) -> list[str]:
    """Return the paths that were asked for, from the first hop to the last."""
    return [hop.request.path for hop in (*response.history, response)]
