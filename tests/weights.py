"""The size of a project of each preset, in files, lines and packages, as a page.

As a script it writes docs/weights.md; `just record` runs it.
"""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

from rendering import copied_tree
from rendering import files
from rendering import PRESETS
from rendering import Renderer
from rendering import ROOT

PAGE = ROOT / "docs/weights.md"
# Maintained files; all others are the owner's, or shared.
MAINTAINED = (
    "app/accounts/", "app/core/", "docs/", "migrations/env.py",
    "migrations/script.py.mako", "tests/maintained/", "tests/support/",
)  # fmt: skip
HEADING = """\
# Weights

What a new project of each preset holds. *Maintained* files are those that the template
improves: `app/core/`, `app/accounts/`, `docs/`, `tests/maintained/`,
`tests/support/` and how migrations run. All other files are yours, or shared. Written
by `just record`; a test compares them, lines within a tenth.

| preset | your files | their lines | maintained | their lines | run-time packages |
|---|---|---|---|---|---|
"""


def weight(project: Path) -> tuple[int, int, int, int, int]:
    """Return files and lines, of the owner and maintained, and declared packages."""
    content = files(project)
    maintained = {name for name in content if name.startswith(MAINTAINED)}
    declared = tomllib.loads(content["pyproject.toml"].decode())["project"]
    counts = [
        (len(names), sum(content[name].count(b"\n") for name in names))
        for names in (content.keys() - maintained, maintained)
    ]
    return (*counts[0], *counts[1], len(declared["dependencies"]))


def page(render: Renderer) -> str:
    """Return the page from a render of each preset."""
    rows = [
        f"| `{preset}` | {' | '.join(map(str, weight(render(preset=preset))))} |\n"
        for preset in PRESETS
    ]
    return HEADING + "".join(rows)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        template = copied_tree(ROOT, Path(folder) / "template")
        PAGE.write_text(page(Renderer(template, Path(folder))))
