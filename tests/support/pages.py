"""The commands of the pages, which tests run unchanged.

A test takes what it runs by `page_commands()` or `whole_page()`, with a page and a
section that are written out: tests/test_page_commands.py reads these calls, and so
knows which commands no test runs.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from tests.support.rendering import ROOT
from tests.support.rendering import run

# The history is not edited, and nobody follows it.
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "template/*.md*", "template/docs/*.md*")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)
# Where the pages say that the template is published.
ADDRESS = "https://github.com/OWNER/copier-flask"
SHELL = {"bash", "console", "sh", "shell"}
# Code, and what is read rather than run.
OTHERS = {
    "caddyfile", "css", "dotenv", "haproxy", "html", "ini", "javascript", "po",
    "python", "text", "toml", "yaml",
}  # fmt: skip
PART = re.compile(
    r"^#+ (?P<heading>[^\n]+)\n"
    r"|(?:^<!-- not run: (?P<reason>[^>]+) -->\n\n?)?"
    r"^```(?P<kind>\w*)\n(?P<text>.*?)^```\n",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block of commands. A reason says why no test runs it."""

    page: str
    section: str
    text: str
    reason: str | None


def page_text(page: str, project: Path | None = None) -> str:
    """Return a page of the repository, or as a rendered project has it."""
    if project is None:
        return (ROOT / page).read_text()
    return (project / page.removeprefix("template/").removesuffix(".jinja")).read_text()


def fences(page: str, project: Path | None = None) -> list[re.Match[str]]:
    """Return the headings and the fenced blocks of a page, in their order."""
    return list(PART.finditer(page_text(page, project)))


def blocks(page: str, project: Path | None = None) -> list[Block]:
    """Return the blocks of commands of a page."""
    found = []
    section = ""
    for part in fences(page, project):
        if part["heading"]:
            section = part["heading"]
        elif part["kind"] in SHELL:
            found.append(Block(page, section, part["text"], part["reason"]))
    return found


def page_commands(page: str, section: str, project: Path | None = None) -> list[str]:
    """Return the blocks of a section for a test that runs each of them.

    Raises LookupError if there are none.
    """
    found = [
        block.text
        for block in blocks(page, project)
        if block.section == section and block.reason is None
    ]
    if not found:
        raise LookupError(f"{page} has no commands in its section {section}")
    return found


def whole_page(page: str, project: Path | None = None) -> str:
    """Return a page for a test that runs each of its blocks."""
    return page_text(page, project)


def run_block(folder: Path, text: str, **environment: str) -> str:
    """Run a block unchanged, up to the first command that fails; return the output."""
    return run(folder, "bash", "-euo", "pipefail", "-c", text, **environment)


def at_the_address(repository: Path, folder: Path) -> dict[str, str]:
    """Return variables by which git finds a repository at the address of the pages.

    Copier asks GitHub for the address with the suffix `.git`, which the folder of the
    repository then needs.
    """
    settings = folder / "git-settings"
    former = Path(os.environ["GIT_CONFIG_GLOBAL"]).read_text()
    place = str(repository).removesuffix(".git")
    settings.write_text(f'{former}[url "{place}"]\n\tinsteadOf = {ADDRESS}\n')
    # Copier keeps a clone of each address.
    return {
        "COPIER_CACHE_DIR": str(folder / "clones"),
        "GIT_CONFIG_GLOBAL": str(settings),
    }
