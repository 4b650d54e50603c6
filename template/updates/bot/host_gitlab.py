"""GitLab, as a job of its CI sees it.

Maintained by copier-flask.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from updates.bot.api import Api
from updates.bot.api import Item

BRANCH = "template-update"
PROTECTED = ""  # a token that may push may push every file
REQUEST = "merge request"
ISSUES = "issues"
REQUESTS = "merge_requests"
NO_TOKEN = (
    "There is no variable TEMPLATE_UPDATE_TOKEN: the token of a job may not open merge "
    "requests, so give the project one; docs/bots.md of the template says how."
)
NO_CI = ""


class Host:
    """The project whose job this is."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.token = environ.get("TEMPLATE_UPDATE_TOKEN", "")
        self.project = environ.get("CI_PROJECT_PATH", "")
        self.base = environ.get("CI_DEFAULT_BRANCH", "main")
        self.server = environ.get("CI_SERVER_URL", "https://gitlab.com")
        self.path = f"/projects/{quote(self.project, safe='')}"
        self.api = Api(
            environ.get("CI_API_V4_URL", f"{self.server}/api/v4"),
            {"PRIVATE-TOKEN": self.token},
        )

    @property
    def push_url(self) -> str:
        return f"{self.server}/{self.project}.git"

    @property
    def compare_url(self) -> str:
        """Return the page where a person opens the merge request."""
        query = f"merge_request%5Bsource_branch%5D={BRANCH}"
        return f"{self.server}/{self.project}/-/merge_requests/new?{query}"

    @property
    def git_settings(self) -> dict[str, str]:
        """Return the settings of Git that have the token, which no command shows."""
        pair = base64.b64encode(f"oauth2:{self.token}".encode()).decode()
        return {f"http.{self.server}/.extraheader": f"Authorization: Basic {pair}"}

    def find(self, kind: str) -> list[Item]:
        """Return the bot's merge requests or issues, the newest first.

        Raises `ApiError`.
        """
        which = {"source_branch" if kind == REQUESTS else "labels": BRANCH}
        found = self.api.get(
            f"{self.path}/{kind}",
            state="all", scope="all", order_by="created_at", per_page="30", **which,
        )  # fmt: skip
        return [item(entry) for entry in found]

    def create(self, kind: str, title: str, body: str) -> Item:
        """Open a merge request or an issue, and return it.

        Raises `ForbiddenError` if the token may not do that, and `ApiError`.
        """
        data: dict[str, object] = {
            "title": title, "description": body, "labels": BRANCH,
        }  # fmt: skip
        if kind == REQUESTS:
            data |= {"source_branch": BRANCH, "target_branch": self.base}
        return item(self.api.call("POST", f"{self.path}/{kind}", data))

    def edit(self, kind: str, number: int, **fields: str) -> None:
        """Change title or body of a merge request or an issue. Raises `ApiError`."""
        names = {"body": "description"}
        data = {names.get(name, name): value for name, value in fields.items()}
        self.api.call("PUT", f"{self.path}/{kind}/{number}", data)

    def close(self, kind: str, number: int, body: str) -> None:
        """Close a merge request or an issue, with a last text. Raises `ApiError`."""
        self.edit(kind, number, body=body, state_event="close")

    def say(self, text: str) -> None:
        """Write a text to the log of the job."""
        print(text, flush=True)  # noqa: T201


def item(entry: Any) -> Item:
    return Item(
        entry["iid"],
        entry["web_url"],
        entry["state"] == "opened",
        entry["title"],
        entry.get("description") or "",
        entry.get("sha") or "",
    )
