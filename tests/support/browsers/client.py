"""A client with an account and cookies, for a project that is served."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
from dataclasses import dataclass
from dataclasses import field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode
from urllib.parse import urlsplit

from tests.support.rendering import BIN

# Names of the cookies in production, in a project with the default name.
SESSION_COOKIE = "__Host-my-flask-app_session"
REMEMBER_COOKIE = "__Host-my-flask-app_remember"

EMAIL, PASSWORD = "boss@example.com", "correct horse battery staple"


@dataclass
class Browser:
    """Keeps cookies as a browser does, but sends Secure cookies over plain HTTP too."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> Browser:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if pairs:
            headers["Cookie"] = pairs
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        self.status, self.headers = answer.status, answer.getheaders()
        self.text = answer.read().decode(errors="replace")
        connection.close()
        for line in self.sent("Set-Cookie"):
            for morsel in SimpleCookie(line).values():
                self.cookies[morsel.key] = morsel.value
        return self

    def sent(self, name: str) -> list[str]:
        # granian writes the names in lower case.
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def token(self, path: str) -> str:
        page = self.ask("GET", path).text
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
        assert found, page
        return found[1]

    def log_in(self, password: str = PASSWORD) -> Browser:
        form = {"email": EMAIL, "password": password, "remember": "y"}
        form["csrf_token"] = self.token("/auth/login")
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", "/auth/login", urlencode(form), **kind)


def make_account(
    project: Path, settings: dict[str, str], *options: str, email: str = EMAIL
) -> None:
    """Create the account with the project's command, in production."""
    flask = (str(BIN / "uv"), "run", "--no-sync", "flask")
    subprocess.run(
        [*flask, "users", "create", email, *options],
        cwd=project,
        env={**os.environ, **settings},
        input=f"{PASSWORD}\n",
        text=True,
        check=True,
        capture_output=True,
    )
