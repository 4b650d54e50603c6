"""Prints the SQL statements of each route of a project, as JSON.

Runs in the folder and the environment of a project, with a separate database that it
changes. The database has two accounts at least; the first is an administrator.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from benchmarks.inside import application
from benchmarks.inside.application import PASSWORD
from benchmarks.inside.application import SITE

OTHER = "another horse, a better battery"
EMAILS = {"admin": application.email(1), "user": application.email(2)}


@dataclass(frozen=True)
class Visit:
    """A request, and who sends it; `form` is sent with the token of its visitor."""

    who: str
    method: str
    path: str
    status: int = 200
    form: dict[str, str] = field(default_factory=dict)
    json: dict[str, object] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}, {self.who}, {self.status}"


def log_in(password: str, email: str = EMAILS["user"]) -> dict[str, str]:
    return {"email": email, "password": password}


NEW = {"email": "new@example.com", "password": PASSWORD}
NEXT: dict[str, object] = {**NEW, "email": "next@example.com"}
ADDRESS = {"email": "another@example.com"}
TOKEN = {"name": "A program", "scopes": "read", "days": "90"}
CHANGED = {"current": PASSWORD, "password": OTHER, "confirm": OTHER}

# In this order: the last ones change the accounts.
VISITS = (
    Visit("visitor", "GET", "/"),
    Visit("user", "GET", "/"),
    Visit("visitor", "GET", "/no-such-page", 404),
    Visit("visitor", "GET", "/favicon.ico"),
    Visit("visitor", "GET", "/robots.txt"),
    Visit("visitor", "GET", "/static/css/style.css"),
    Visit("visitor", "GET", "/api/health"),
    Visit("visitor", "GET", "/api/ready"),
    Visit("visitor", "GET", "/auth/login"),
    Visit("user", "GET", "/auth/login", 302),
    Visit("visitor", "POST", "/auth/login", 302, log_in(PASSWORD)),
    Visit("visitor", "POST", "/auth/login", 200, log_in(OTHER)),
    Visit("visitor", "POST", "/auth/login", 200, log_in(OTHER, "none@example.com")),
    Visit("visitor", "GET", "/auth/register"),
    Visit("visitor", "POST", "/auth/register", 200, {**NEW, "confirm": PASSWORD}),
    Visit("visitor", "GET", "/dashboard", 302),
    Visit("user", "GET", "/dashboard"),
    Visit("user", "POST", "/auth/logout", 302),
    Visit("user", "GET", "/api/v1/users"),
    Visit("admin", "GET", "/api/v1/users"),
    Visit("user", "GET", "/api/v1/users/2"),
    Visit("admin", "GET", "/api/v1/users/2"),
    Visit("visitor", "GET", "/api/v1/users", 401),
    Visit("admin", "POST", "/api/v1/users", 201, json=NEXT),
    Visit("admin", "POST", "/api/v1/users", 409, json=NEXT),
    Visit("admin", "PATCH", "/api/v1/users/2", 200, json={"is_active": True}),
    Visit("admin", "DELETE", "/api/v1/users/1000000", 404, json={}),
    Visit("user", "GET", "/api/v1/tokens"),
    Visit("user", "POST", "/api/v1/tokens", 201, json={"name": "A program"}),
    Visit("user", "DELETE", "/api/v1/tokens/1000000", 404, json={}),
    Visit("visitor", "GET", "/api/v1/openapi.json"),
    Visit("visitor", "GET", "/api/v1/docs"),
    Visit("visitor", "GET", "/api/v1/problems"),
    Visit("visitor", "GET", "/api/v1/problems/outdated"),
    *(Visit("visitor", "GET", f"/auth/{page}") for page in ("reset", "confirm")),
    Visit("visitor", "POST", "/auth/reset", 200, ADDRESS),
    Visit("visitor", "POST", "/auth/confirm", 200, ADDRESS),
    *(
        Visit("visitor", method, f"/auth/{page}/no-such-token", 410)
        for page in ("reset", "confirm", "invitation")
        for method in ("GET", "POST")
    ),
    Visit("user", "GET", "/auth/sessions"),
    Visit("user", "POST", "/auth/sessions/1000000/end", 404),
    Visit("user", "POST", "/auth/sessions/end-others", 302),
    Visit("user", "GET", "/auth/reauthenticate"),
    Visit("user", "POST", "/auth/reauthenticate", 302, {"password": PASSWORD}),
    Visit("user", "GET", "/auth/tokens"),
    Visit("user", "POST", "/auth/tokens", 200, TOKEN),
    Visit("user", "POST", "/auth/tokens/1000000/revoke", 404),
    Visit("user", "GET", "/auth/email"),
    Visit("user", "POST", "/auth/email", 200, {**ADDRESS, "current": PASSWORD}),
    Visit("user", "GET", "/auth/email/no-such-token", 410),
    Visit("user", "POST", "/auth/email/no-such-token", 410),
    Visit("admin", "GET", "/auth/users"),
    Visit("admin", "GET", "/auth/users/2"),
    Visit("admin", "POST", "/auth/users/2/end-sessions", 302),
    Visit("admin", "GET", "/auth/users/invite"),
    Visit("admin", "POST", "/auth/users/invite", 200, ADDRESS),
    Visit("admin", "POST", "/auth/users/invitations/1000000/withdraw", 302),
    Visit("user", "GET", "/auth/delete"),
    Visit("user", "POST", "/auth/delete", 200, {"password": OTHER}),
    Visit("user", "GET", "/auth/password"),
    Visit("user", "POST", "/auth/password", 302, CHANGED),
)  # fmt: skip


def main() -> None:
    output = application.own_output()
    app = application.load()
    seen: list[str] = []
    listen(app, seen)
    visited = {one for visit in VISITS for one in route(app, visit)}
    missing = sorted(routes(app) - visited)
    visits = () if missing else VISITS
    found = {str(visit): statements(app, visit, seen) for visit in visits}
    # The log of the jobs that still work must not follow the last line.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    print(json.dumps({"found": found, "missing": missing}), file=output)


def listen(app: Any, seen: list[str]) -> None:
    from sqlalchemy import event

    here = threading.get_ident()

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        # Not those of a job for a mail, which runs after the answer.
        if threading.get_ident() == here:
            seen.append(" ".join(statement.split()[:1]))

    with app.app_context():
        engine = application.database().engine
    event.listen(engine, "before_cursor_execute", note)


def routes(app: Any) -> set[str]:
    """Return all routes with their methods, without those of the measurements."""
    return {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.endpoint.startswith("bench.")
    }


def route(app: Any, visit: Visit) -> list[str]:
    from werkzeug.exceptions import HTTPException

    try:
        endpoint = app.create_url_adapter(None) or app.url_map.bind("127.0.0.1")
        name = endpoint.match(visit.path, method=visit.method)[0]
    except HTTPException:
        return []
    return [f"{visit.method} {name}"]


def statements(app: Any, visit: Visit, seen: list[str]) -> list[str]:
    """Return the first words of the statements of a visit."""
    client = app.test_client()
    if visit.who != "visitor":
        fields = log_in(PASSWORD, EMAILS[visit.who])
        send(client, Visit("visitor", "POST", "/auth/login", 302, fields))
    token = token_for(client, visit)
    seen.clear()
    answered = send(client, visit, token)
    if answered.status_code != visit.status:
        raise RuntimeError(f"{visit}: {answered.status_code}\n{answered.text}")
    return list(seen)


def token_for(client: Any, visit: Visit) -> str:
    """Return the token of a form of this visitor; empty if nothing is sent."""
    if visit.method == "GET":
        return ""
    form = "/auth/login" if visit.who == "visitor" else "/dashboard"
    return application.token_in(client.get(form, base_url=SITE).text)


def send(client: Any, visit: Visit, token: str | None = None) -> Any:
    if token is None:
        token = token_for(client, visit)
    headers = {"Referer": f"{SITE}{visit.path}"}
    content: dict[str, Any] = {"data": {**visit.form, "csrf_token": token}}
    if visit.json is not None:
        headers["X-CSRFToken"] = token
        content = {"json": visit.json}
    if visit.method == "GET":
        content = {}
    return client.open(
        visit.path, method=visit.method, base_url=SITE, headers=headers, **content
    )


if __name__ == "__main__":
    main()
