"""Prints which public pages a shared cache may keep, with and without a cookie.

Runs in the folder and the environment of a project. A page is public if its blueprint
has no log-in: the start page, files, health, and an error page. The output is JSON:
each address, with a cookie or without, and the headers that forbid to share it.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.inside import application

PRIVATE = ("api.", "auth.", "bench.", "dashboard.")
MORE = ("/static/css/style.css", "/no-such-page")


def main() -> None:
    output = application.own_output()
    app = application.load()
    found = {}
    for path in (*public(app), *MORE):
        for cookie in ("", f"{app.config['SESSION_COOKIE_NAME']}=of-another-site"):
            found[f"{path} {'with' if cookie else 'without'} a cookie"] = personal(
                app, path, cookie
            )
    print(json.dumps(found), file=output)


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
