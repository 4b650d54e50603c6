"""What owners do besides Python: pages, styles, packages, files moved and deleted."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable

import yaml

from tests.support.rendering import BIN
from tests.support.rendering import git
from tests.support.rendering import run
from tests.update.lives.owner import NotHereError
from tests.update.lives.owner import Owner
from tests.update.lives.proofs import Proof

PACKAGES = ["aniso8601>=10", "six>=1.16", "tomli-w>=1.0", "babel>=2.17", "inflect>=7"]
PAGES, ROUTES = "app/templates/", "app/main/routes.py"
WIDTHS = [100, 120]
ICON = b"\x89PNG\r\n\x1a\n\0\0 the owner's own"
# Nothing else in a project needs these.
FREE = ("docs/", "AGENTS.md", "SECURITY.md", ".editorconfig",
        "app/static/robots.txt", ".github/dependabot.yml",
        "app/templates/main/index.html", "deploy/kubernetes/")  # fmt: skip
COMMENTS = {
    ".html": "{# NAME #}",
    ".css": "/* NAME */",
    ".toml": "# NAME",
    ".yml": "# NAME",
    ".yaml": "# NAME",
    ".md": "Ours: NAME.",
    "justfile": "# NAME",
    "Dockerfile": "# NAME",
    ".example": "# NAME",
    ".gitignore": "# NAME",
}


def add_line(owner: Owner) -> Proof:
    """A line of ours between two others, in a file that is no Python."""
    path = owner.one(owner.paths(*COMMENTS))
    end = next(end for end in COMMENTS if path.endswith(end))
    text = owner.read(path)
    lines = text.splitlines(keepends=True)
    places = [at for at in range(1, len(lines)) if between(lines[at - 1], lines[at])]
    if not places:
        raise NotHereError
    line = COMMENTS[end].replace("NAME", owner.name)
    at = owner.dice.choice(places)
    if end == ".md":
        line = f"\n{line}\n"
    owner.insert(path, at, f"{line}\n")
    if end in DATA and DATA[end](owner.read(path)) != DATA[end](text):
        owner.write(path, text)
        raise NotHereError
    return Proof("lines", {path: line.strip()})


DATA: dict[str, Callable[[str], object]] = {
    ".toml": tomllib.loads,
    ".yml": yaml.safe_load,
    ".yaml": yaml.safe_load,
    ".json": json.loads,
}


def between(above: str, below: str) -> bool:
    """Return whether a line of ours breaks nothing here."""
    if not above.strip() or not below.strip():
        return not above.endswith("\\\n")
    ends = above.strip().endswith((">", "%}", "#}", "}"))
    return ends and below.strip().startswith(("<", "{%", "{#"))


def change_words(owner: Owner) -> Proof:
    """Another word in a text."""
    path = owner.one([path for path in owner.paths(".md") if path != "README.md"])
    lines = owner.read(path).splitlines(keepends=True)
    prose = [
        at for at, line in enumerate(lines) if re.match(r"[A-Z][a-z ,]{12,}", line)
    ]
    if not prose:
        raise NotHereError
    at = owner.dice.choice(prose)
    lines[at] = re.sub(r"[a-z]{3,}", owner.name, lines[at], count=1)
    owner.write(path, "".join(lines))
    return Proof("lines", {path: owner.name})


def rewrite_readme(owner: Owner) -> Proof:
    """A README of our own."""
    owner.write("README.md", f"# Ours\n\nAll of this is {owner.name}.\n")
    for proof in owner.proofs:
        proof.forget("README.md")
    return Proof("own files", {"README.md": owner.name})


def add_package(owner: Owner) -> Proof:
    """A package, as uv writes it."""
    package = owner.one(PACKAGES)
    run(owner.folder, str(BIN / "uv"), "add", "--frozen", "--quiet", package)
    return Proof("dependencies", packages=[package.split(">=")[0]])


def move_file(owner: Owner) -> Proof:
    """A file that goes to another folder; updates do not follow it."""
    path = owner.one(movable(owner))
    target = f"{path.rpartition('/')[0] or 'docs'}/{owner.name}/{path.split('/')[-1]}"
    (owner.folder / target).parent.mkdir(parents=True)
    git(owner.folder, "mv", path, target)
    texts = {}
    if path.startswith(PAGES):
        texts = {ROUTES: target.removeprefix(PAGES)}
        rename_page(owner, path, target)
    for proof in owner.proofs:
        proof.moved(path, target)
    return Proof("moves", texts, there=[target], gone=[path])


def movable(owner: Owner) -> list[str]:
    """Return files that nothing else names, but the page that a route renders."""
    return [path for path in owner.paths("") if path.startswith(FREE)]


def rename_page(owner: Owner, old: str, new: str) -> None:
    """Let the routes render a page that was moved."""
    before, after = (path.removeprefix(PAGES) for path in (old, new))
    owner.write(ROUTES, owner.read(ROUTES).replace(before, after))


def delete_file(owner: Owner) -> Proof:
    """A file that nothing else needs is deleted."""
    free = [path for path in owner.paths("") if path.startswith(FREE)]
    tests = [path for path in owner.paths(".py") if path.startswith(TESTS)]
    alone = [path for path in tests if path not in IMPORTED]
    path = owner.one([*[path for path in free if path[:4] != "app/"], *alone])
    git(owner.folder, "rm", "--quiet", path)
    for proof in owner.proofs:
        proof.forget(path)
    return Proof("deletions", gone=[path])


TESTS = ("tests/maintained/core/test_", "tests/maintained/accounts/test_")
# Other tests of the releases 0.9.0 to 0.15.3 import from it.
IMPORTED = ["tests/maintained/core/test_requests.py"]


def delete_lines(owner: Owner) -> Proof:
    """A paragraph of a page is deleted."""
    path = owner.one([path for path in owner.paths(".md") if path != "README.md"])
    parts = owner.read(path).split("\n\n")
    prose = [part for part in parts if re.match(r"[A-Z][^`#|<>{]{40,}$", part)]
    part = owner.one([one for one in prose if parts.count(one) == 1])
    parts.remove(part)
    owner.write(path, "\n\n".join(parts))
    return Proof("deletions", without={path: part})


def format_otherwise(owner: Owner) -> Proof:
    """The formatter with another line length."""
    path, width = "pyproject.toml", owner.dice.choice(WIDTHS)
    text = owner.read(path)
    if "line-length" in text:
        raise NotHereError
    heading = "[tool.ruff]\n"
    if heading not in text:
        raise NotHereError
    owner.write(path, text.replace(heading, f"{heading}line-length = {width}\n", 1))
    return Proof("formatter", {path: f"line-length = {width}"})


def replace_icon(owner: Owner) -> Proof:
    """An icon of our own."""
    path = "app/static/favicon.ico"
    if not (owner.folder / path).exists():
        raise NotHereError
    (owner.folder / path).write_bytes(ICON)
    return Proof("binary files", binary={path: ICON})


def add_page(owner: Owner) -> Proof:
    """A document of our own, beside those of the template."""
    path = f"docs/{owner.name}.md"
    owner.write(path, f"# Ours\n\nThe page {owner.name}.\n")
    return Proof("own files", {path: owner.name})


def make_executable(owner: Owner) -> Proof:
    """A file that can be run."""
    path = owner.one([path for path in ("run.py", "gunicorn.conf.py", "justfile")
                      if (owner.folder / path).exists()])  # fmt: skip
    (owner.folder / path).chmod(0o755)
    return Proof("modes", executable=[path])
