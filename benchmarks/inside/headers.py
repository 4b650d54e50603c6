"""Prints which public pages a shared cache may keep, with and without a cookie.

Runs in the folder and the environment of a project. A page is public if its blueprint
has no log-in: the start page, files, health, and an error page. The cookie is that of a
visitor who has opened the log-in form: a session with a CSRF token. The output is JSON:
each address, with the cookie or without, and the headers that forbid to share it.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from benchmarks.inside import application

PRIVATE = ("api.", "auth.", "bench.", "dashboard.")
FORM = "/auth/login"
MORE = ("/static/css/style.css", "/no-such-page")


def main() -> None:
    output = application.own_output()
    app = application.load()
    session = cookie_of_a_visitor(app)
    found = {}
    for path in (*public(app), *MORE):
        for cookie in ("", session):
            found[f"{path} {'with' if cookie else 'without'} a cookie"] = personal(
                app, path, cookie
            )
    print(json.dumps(found), file=output)


def cookie_of_a_visitor(app: Any) -> str:
    """Return the header of a session with a CSRF token; raises RuntimeError."""
    client = app.test_client()
    application.token_in(client.get(FORM, base_url=application.SITE).text)
    host = urlsplit(application.SITE).hostname
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"], domain=host)
    if cookie is None:
        raise RuntimeError(f"{FORM} sets no cookie of a session")
    return f"{cookie.key}={cookie.value}"


def public(app: Any) -> list[str]:
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if not rule.arguments and not rule.endpoint.startswith(PRIVATE)
    )


def personal(app: Any, path: str, cookie: str) -> list[str]:
    """Return the headers of an answer that make it one for a single visitor."""
    sent = {"Cookie": cookie} if cookie else {}
    # Without the client's own cookies.
    client = app.test_client(use_cookies=False)
    answer = client.get(path, base_url=application.SITE, headers=sent)
    varies = "cookie" in answer.headers.get("Vary", "").lower()
    return ["Vary"] * varies + ["Set-Cookie"] * ("Set-Cookie" in answer.headers)


if __name__ == "__main__":
    main()
