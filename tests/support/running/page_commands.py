"""The commands of docs/deploying.md of a project, each with its section."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.support.pages import whole_page

# What cannot be run in a test, and why.
NOT_RUN = {
    "sudo certbot --nginx": "needs a name that the whole internet knows",
    "docker compose --profile mail up --detach": "needs the image of a mail catcher",
    "flask send-test-mail you@example.com": "needs a mail server; projects test it",
}
PROGRAMS = "curl|docker|flask|git|sh|sudo|uv|uvx"


@dataclass(frozen=True)
class Block:
    section: str  # the heading of the second level
    text: str

    @property
    def runs_in(self) -> str:
        """Return which test runs it: of containers, of proxies, or of the machine."""
        if re.search(r"(?m)^docker ", self.text):
            return "containers"
        return "proxies" if "X_Request_ID" in self.text else "machine"


def page(project: Path) -> str:
    return whole_page("template/docs/deploying.md.jinja", project)


def blocks(project: Path) -> list[Block]:
    """Return the commands in code blocks, in the order of the page."""
    found = []
    for section in page(project).split("\n## ")[1:]:
        heading, body = section.split("\n", 1)
        found += [
            Block(heading, text)
            for text in re.findall(r"(?ms)^```sh\n(.*?)^```$", body)
        ]
    return found


def platform(project: Path) -> dict[str, str]:
    """Return the commands of the table for platforms, by their step."""
    return dict(
        re.findall(r"(?m)^\| (build|release|start)\b.*? \| `(.+?)` \|$", page(project))
    )


def inline(project: Path) -> set[str]:
    """Return the commands within sentences and tables."""
    text = re.sub(r"(?ms)^```.*?^```$", "", page(project))
    return set(re.findall(rf"`((?:[A-Z_]+=\S+ )*(?:{PROGRAMS}) [^`]+)`", text))
