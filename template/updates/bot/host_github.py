"""GitHub, as a job of its Actions sees it.

Maintained by copier-flask.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from updates.bot.api import Api
from updates.bot.api import Item

BRANCH = "template-update"
PROTECTED = ".github/workflows/"  # what the job's own token may not push
REQUEST = "pull request"
ISSUES = "issues"
REQUESTS = "pulls"
NO_TOKEN = "There is no GITHUB_TOKEN: run this as a job of GitHub Actions."
NO_CI = (
    "If `github-actions` opened this pull request, GitHub runs no workflows for it: "
    "close and reopen it to run them. docs/bots.md of the template has another way."
)


class Host:
    """The repository whose job this is."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.token = environ.get("GITHUB_TOKEN", "")
        self.repository = environ.get("GITHUB_REPOSITORY", "")
        self.base = environ.get("GITHUB_REF_NAME", "main")
        self.server = environ.get("GITHUB_SERVER_URL", "https://github.com")
        self.summary = environ.get("GITHUB_STEP_SUMMARY", "")
        self.api = Api(
            environ.get("GITHUB_API_URL", "https://api.github.com"),
            {
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )

    @property
    def push_url(self) -> str:
        return f"{self.server}/{self.repository}.git"

    @property
    def compare_url(self) -> str:
        """Return the page where a person opens the pull request."""
        return (
            f"{self.server}/{self.repository}/compare/{self.base}...{BRANCH}?expand=1"
        )

    @property
    def git_settings(self) -> dict[str, str]:
        """Return the settings of Git that have the token, which no command shows."""
        pair = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        return {f"http.{self.server}/.extraheader": f"Authorization: Basic {pair}"}

    def find(self, kind: str) -> list[Item]:
        """Return the bot's pull requests or issues, the newest first.

        Raises `ApiError`.
        """
        owner = self.repository.partition("/")[0]
        which = (
            {"head": f"{owner}:{BRANCH}"} if kind == REQUESTS else {"labels": BRANCH}
        )
        found = self.api.get(
            f"/repos/{self.repository}/{kind}",
            state="all", sort="created", direction="desc", per_page="30", **which,
        )  # fmt: skip
        return [
            item(entry)
            for entry in found
            if kind == REQUESTS or "pull_request" not in entry
        ]

    def create(self, kind: str, title: str, body: str) -> Item:
        """Open a pull request or an issue, and return it.

        Raises `ForbiddenError` if the token may not do that, and `ApiError`.
        """
        more = (
            {"head": BRANCH, "base": self.base}
            if kind == REQUESTS
            else {"labels": [BRANCH]}
        )
        data = {"title": title, "body": body, **more}
        return item(self.api.call("POST", f"/repos/{self.repository}/{kind}", data))

    def edit(self, kind: str, number: int, **fields: str) -> None:
        """Change title, body or state of a pull request or an issue.

        Raises `ApiError`.
        """
        path = f"/repos/{self.repository}/{kind}/{number}"
        self.api.call("PATCH", path, fields)

    def close(self, kind: str, number: int, body: str) -> None:
        """Close a pull request or an issue, with a last text. Raises `ApiError`."""
        self.edit(kind, number, body=body, state="closed")

    def say(self, text: str) -> None:
        """Write a text to the log, and to the summary of the job."""
        print(text, flush=True)  # noqa: T201
        if self.summary:
            with Path(self.summary).open("a", encoding="utf-8") as file:
                file.write(f"{text}\n\n")


def item(entry: Any) -> Item:
    return Item(
        entry["number"],
        entry["html_url"],
        entry["state"] == "open",
        entry["title"],
        entry.get("body") or "",
        entry.get("head", {}).get("sha", ""),
    )
