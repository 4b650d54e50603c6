"""Calls an application in this process, as often as each line of the input says.

Runs in the folder and the environment of an application: `calls.py PATH [--log-in]`.
The first line of the output is the answer to one call, each further line the CPU and
the wall time of the calls that it asks for, in seconds, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from benchmarks.inside import application
from benchmarks.inside.application import SITE


def main(path: str, *, is_logged_in: bool) -> None:
    output = application.own_output()
    # What the application logs is written, but to nowhere.
    os.dup2(1, 2)
    app = application.load()
    environ = logged_in(app, path) if is_logged_in else anonymous(app, path)
    print(json.dumps(answer(app, environ)), file=output, flush=True)
    for line in sys.stdin:
        print(json.dumps(timed(app, environ, int(line))), file=output, flush=True)


def anonymous(app: Any, path: str) -> dict[str, Any]:
    with app.test_request_context(path, base_url=SITE) as context:
        return dict(context.request.environ)


def logged_in(app: Any, path: str) -> dict[str, Any]:
    """Log in with the form, and return a request that sends the cookies."""
    client = app.test_client()
    page = client.get("/auth/login", base_url=SITE).text
    fields = {
        "email": application.email(1),
        "password": application.PASSWORD,
        "csrf_token": application.token_in(page),
    }
    answer = client.post(
        "/auth/login",
        base_url=SITE,
        data=fields,
        headers={"Referer": f"{SITE}/auth/login"},
    )
    assert answer.status_code == 302, answer.text
    with client:
        client.get(path, base_url=SITE)
        from flask import request

        cookies = request.environ["HTTP_COOKIE"]
    # With the browser of the log-in: a session that is used elsewhere is saved again.
    return {**anonymous(app, path), **client.environ_base, "HTTP_COOKIE": cookies}


def answer(app: Any, environ: dict[str, Any]) -> dict[str, Any]:
    seen: list[Any] = []
    body = b"".join(app(dict(environ), lambda *given: seen.append(given)))
    status, headers = seen[0][:2]
    return {"status": int(status[:3]), "headers": headers, "body": body.decode()}


def timed(app: Any, environ: dict[str, Any], calls: int) -> dict[str, float]:
    started, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        answered = app(dict(environ), ignore)
        for _ in answered:
            pass
        answered.close()
    spent = time.process_time() - cpu
    return {"cpu": spent, "wall": time.perf_counter() - started}


def ignore(*_: object) -> None:
    """The server's part of an answer: nothing is sent."""


if __name__ == "__main__":
    main(sys.argv[1], is_logged_in="--log-in" in sys.argv)
