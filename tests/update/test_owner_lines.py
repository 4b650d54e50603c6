"""The owner's lines use imports of the template, which a switched piece changes.

In each file of Python that a switch changes, the owner uses every name that the file
imports. What the piece itself brings goes with it; every other name must still be
there after `just fix`.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.facts.known_issues import MITIGATIONS
from tests.support.rendering import attempt
from tests.support.rendering import commit_all
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.sampling import part
from tests.update.projects_to_update import check
from tests.update.projects_to_update import committed
from tests.update.projects_to_update import Expected
from tests.update.projects_to_update import rendered
from tests.update.projects_to_update import updated
from tests.update.published import WORK_TREE

# What is the piece itself: a line that uses it is about the piece.
OF_THE_PIECE = {
    "auth": r"app\.(accounts|auth|dashboard|models)\b|flask_(login|limiter)\b"
    r"|app\.api\.(schemas|requests|routes|api_token_routes|authentication)\b"
    r"|app\.extensions\.(limiter|login_manager)",
    "api": r"app\.api\b|app\.auth\.api_token_routes\b"
    r"|app\.accounts\.(api_document|bearer)\b"
    r"|app\.core\.(api_docs|cors|etags|idempotency|problems)\b",
    "config_classes": r"functools\.partial",
    "database": r"sqlalchemy\.dialects\b",
    "server": r"(gunicorn\.workers\.g)?gevent\b|weakref\b|app\.core\.async_views",
    "skip_mitigations": r"app\.(accounts|core)\b",
    "tasks": r"app\.core\.background",
    "docker": r"$.",
    "ci": r"$.",
}
# Those of a piece in one file only: an API without accounts reads no session, so it
# switches off no check of one.
OF_THE_PIECE_IN = {("auth", "app/api/__init__.py"): r"app\.extensions\.csrf"}
# A line that stays, in files without a landing line whose end is part of a piece.
COMMON = {"gunicorn.conf.py": "\nwsgi_app = "}
MAINTAINED = (
    "app/core/",
    "app/accounts/",
    "migrations/",
    "tests/maintained/",
    "tests/support/",
    "updates/",
)
Answers = dict[str, object]
FULL: Answers = {"preset": "full", "tasks": "threads", "database": "postgresql"}
GEVENT: Answers = {**FULL, "server": "gunicorn-gevent"}
ONE_CLASS: Answers = {**FULL, "config_classes": False}
BARE: Answers = {**FULL, "skip_mitigations": MITIGATIONS, "tasks": "none"}
SWITCHES: dict[str, tuple[Answers, Answers]] = {
    # id: the answers before, and those of the update
    "auth off": (FULL, {"auth": False, "remove": "auth"}),
    "api off": (FULL, {"api": False, "remove": "api"}),
    "tasks off": (FULL, {"tasks": "none", "remove": "tasks"}),
    "docker off": (FULL, {"docker": False, "remove": "docker"}),
    "ci off": (FULL, {"ci": "none", "remove": "ci"}),
    "another server": (GEVENT, {"server": "gunicorn", "remove": "server"}),
    "another database": (FULL, {"database": "sqlite", "remove": "database"}),
    "one configuration": (FULL, {"config_classes": False}),
    "four configurations": (ONE_CLASS, {"config_classes": True}),
    "mitigations off": (
        {**FULL, "tasks": "none"},
        {"skip_mitigations": MITIGATIONS, "remove": "skip_mitigations"},
    ),
    "mitigations on": (BARE, {"skip_mitigations": []}),
    "pieces on": (
        {"preset": "minimal"},
        {"auth": True, "api": True, "docker": True, "ci": "github"},
    ),
}


def imported(path: Path) -> dict[str, str]:
    """Return what each name is that a module imports at its top."""
    found: dict[str, str] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {
                alias.asname or alias.name: f"{node.module}.{alias.name}"
                for alias in node.names
            }
    return found


def of_the_pieces(switch: Answers, name: str) -> str:
    """Return the pattern of the imports that a switch may take from a file."""
    pieces = [piece for piece in switch if piece != "remove"]
    in_file = [OF_THE_PIECE_IN.get((piece, name)) for piece in pieces]
    return "|".join(
        [OF_THE_PIECE[piece] for piece in pieces] + [*filter(None, in_file)]
    )


def lean_on(path: Path, own: str) -> str:
    """Add a function that uses each import but those of the piece; return its text."""
    names = [
        name
        for name, origin in sorted(imported(path).items())
        if not re.match(own, origin) and name != "annotations"
    ]
    if not names:
        return ""
    text = "def mine() -> list[object]:\n    return [\n"
    text += "".join(f"        {name},\n" for name in names) + "    ]\n"
    content = path.read_text()
    at = content.find(COMMON.get(path.name, "no such line"))
    if at < 0:
        landing = content.rfind("\n# Add your ") + 1
        at = content.find("\n", landing) + 1 if landing else len(content)
    path.write_text(f"{content[:at]}\n\n{text}\n\n{content[at:]}")
    return text


def owners_files(project: Path) -> list[str]:
    names = (path.relative_to(project).as_posix() for path in project.rglob("*.py"))
    return sorted(name for name in names if not name.startswith(MAINTAINED))


@pytest.mark.parametrize("switched", part(list(SWITCHES), 4))
def test_every_line_of_the_owner_has_the_imports_it_uses(
    switched: str,
    published: Path,
    environment: Path,
    tmp_path: Path,
) -> None:
    before, switch = SWITCHES[switched]
    ours = committed(rendered(published, WORK_TREE, tmp_path / "project", **before))
    edits = {
        name: lean_on(ours / name, of_the_pieces(switch, name))
        for name in owners_files(ours)
    }
    commit_all(ours, "my own work")

    updated(ours, WORK_TREE, **switch)

    kept = {name: text for name, text in edits.items() if (ours / name).exists()}
    check(ours, WORK_TREE, Expected(edits=kept))
    ruff = (str(environment), "-m", "ruff", "check", "--no-cache")
    run(ours, *ruff, "--fix-only", "--quiet", ".")
    done = attempt(ours, *ruff, "--select", "F", *kept)
    assert done.returncode == 0, said(done)
    modules = "import config, run, app.models, app.extensions, app.main.routes"
    run(ours, str(environment), "-c", modules, APP_CONFIG="testing")
