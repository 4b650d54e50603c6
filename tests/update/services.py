"""A service that hosts repositories: a bare repository, and an API that records."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.rendering import git

REPOSITORY = "ada/shop"
BRANCH = "template-update"
# As `git push` sees it on GitHub, with the token of a job.
REFUSES_WORKFLOWS = """#!/bin/sh
while read old new name; do
  [ "$new" = 0000000000000000000000000000000000000000 ] && continue
  if [ -n "$(git diff --name-only main "$new" -- .github/workflows)" ]; then
    echo "refusing to allow a GitHub App to create or update workflow" >&2
    exit 1
  fi
done
"""
REFUSES_ALL = "#!/bin/sh\necho 'this branch is protected' >&2\nexit 1\n"


@dataclass
class Service:
    """What is stored at the service, what was asked of it, and what it forbids."""

    kind: str  # github or gitlab
    folder: Path
    address: str = ""
    items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    # Statuses of calls, such as {("POST", "pulls"): 403}.
    statuses: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def requests(self) -> str:
        return "pulls" if self.kind == "github" else "merge_requests"

    @property
    def repository(self) -> Path:
        return self.folder / f"{REPOSITORY}.git"

    @property
    def environment(self) -> dict[str, str]:
        """Return what a job of the service finds in its environment."""
        server = self.folder.as_uri()
        if self.kind == "github":
            return {
                "GITHUB_API_URL": self.address,
                "GITHUB_REF_NAME": "main",
                "GITHUB_REPOSITORY": REPOSITORY,
                "GITHUB_SERVER_URL": server,
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
                "GITHUB_TOKEN": "a-token",
            }
        return {
            "CI_API_V4_URL": self.address,
            "CI_DEFAULT_BRANCH": "main",
            "CI_PROJECT_PATH": REPOSITORY,
            "CI_SERVER_URL": server,
            "TEMPLATE_UPDATE_TOKEN": "a-token",
        }

    @property
    def changes(self) -> list[tuple[str, str]]:
        """Return the calls that changed something."""
        return [call for call in self.calls if call[0] != "GET"]

    @property
    def branch(self) -> str:
        """Return the commit of the bot's branch, "" without one."""
        name = f"refs/heads/{BRANCH}"
        return git(self.repository, "for-each-ref", "--format=%(objectname)", name)

    def body(self, kind: str = "") -> str:
        """Return the text of the one request, or the one issue."""
        (item,) = self.items[kind or self.requests]
        return str(item["body" if self.kind == "github" else "description"])

    def shown(self, name: str) -> str:
        """Return a file of the bot's branch."""
        return git(self.repository, "show", f"{BRANCH}:{name}")

    def changed(self) -> set[str]:
        """Return the files in which the bot's branch differs from main."""
        names = git(self.repository, "diff", "--name-only", "main", BRANCH)
        return set(names.split())

    def refuse(self, hook: str) -> None:
        path = self.repository / "hooks/pre-receive"
        path.write_text(hook)
        path.chmod(0o755)

    def reset(self, statuses: dict[tuple[str, str], int] | None = None) -> None:
        """Forget what was opened, the branch, and what was forbidden before."""
        self.items, self.calls, self.statuses = {}, [], statuses or {}
        (self.repository / "hooks/pre-receive").unlink(missing_ok=True)
        (self.folder / "summary.md").unlink(missing_ok=True)
        if self.branch:
            git(self.repository, "update-ref", "-d", f"refs/heads/{BRANCH}")

    def answer(self, method: str, path: str, data: dict[str, Any]) -> tuple[int, Any]:
        """Return the status and the answer to a call."""
        parts = path.strip("/").split("/")
        number = parts.pop() if parts[-1].isdigit() else ""
        kind = parts[-1]
        self.calls.append((method, kind))
        if status := self.statuses.get((method, kind)):
            return status, {"message": f"not allowed: {method} {kind}"}
        items = self.items.setdefault(kind, [])
        if method == "GET":
            for item in items:
                self.with_head(kind, item)
            return 200, items
        if number:
            item = next(item for item in items if str(item["number"]) == number)
            item.update(data)
            if item.pop("state_event", "") == "close":
                item["state"] = "closed"
            return 200, item
        items.insert(0, self.opened(kind, len(items) + 1, data))
        self.with_head(kind, items[0])
        return 201, items[0]

    def with_head(self, kind: str, item: dict[str, Any]) -> None:
        """Give an open request the commit that its branch has now."""
        if kind == self.requests and item["state"] != "closed":
            item.update(head={"sha": self.branch.strip()}, sha=self.branch.strip())

    def opened(self, kind: str, number: int, data: dict[str, Any]) -> dict[str, Any]:
        url = f"https://example.com/{REPOSITORY}/{kind}/{number}"
        state = "open" if self.kind == "github" else "opened"
        names = {"number": number, "iid": number, "html_url": url, "web_url": url}
        return {**names, "state": state, **data}


@contextmanager
def serving(kind: str, folder: Path, project: Path) -> Iterator[Service]:
    """Yield a service on a free port that has a project's main branch."""
    service = Service(kind, folder)
    service.repository.parent.mkdir(parents=True)
    git(folder, "clone", "--quiet", "--bare", str(project), str(service.repository))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(service))
    service.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            token = self.headers.get("Authorization") or self.headers["PRIVATE-TOKEN"]
            service.tokens.add(token.removeprefix("Bearer "))
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = urlsplit(self.path).path
            status, answer = service.answer(
                self.command, path, json.loads(sent or b"{}")
            )
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = respond  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    return Handler
