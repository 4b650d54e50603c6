"""Writes the skeleton of a piece that a yes/no question brings: `just piece NAME`.

It writes the module, its test, the declaration, the question with its block and its
line of the wiring, and a section of docs/questions.md. What it does is left to write.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

MODULE = '''"""What NAME does, in one line.

Maintained by copier-flask.
"""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    app.extensions["NAME"] = True
'''
TEST = '''"""What NAME does."""

from __future__ import annotations

from flask import Flask


def test_it_is_bound(app: Flask) -> None:
    assert app.extensions["NAME"]
'''
SECTION = """## NAME

Yes or no. Default: no. Asked with `custom`.

<!-- made: what NAME brings -->
| answer | files | packages | variables |
|---|---|---|---|
| yes | `app/core/NAME.py`, `tests/maintained/core/test_NAME.py` | none | none |
<!-- end of what NAME brings -->

<!-- lines of NAME -->
It changes lines in `app/__init__.py`.
<!-- end of lines of NAME -->

Later: yes. Switched off, it is refused until `--data remove=NAME` is given.

"""
SWITCH = """  NAME: {type: switch, presets: {otherwise: false}}
"""
DECLARATION = """  - id: NAME
    with: {NAME: [true]}
    files: [app/core/NAME.py, tests/maintained/core/test_NAME.py]
    words: {core.NAME, core/NAME}

"""
BLOCK = """  - |
    {% if not (NAME | default(false)) %}
    /app/core/NAME.py
    /tests/maintained/core/test_NAME.py
    {% endif %}
"""
QUESTION = """NAME:
  type: bool
  help: Does it have NAME?
  default: false
  ask: "{{ preset == 'custom' }}"

"""
WIRING = """    {% if NAME %}
    - [app.core, NAME, ""]
    {% endif %}
"""
# By file: before which line something goes in, and what.
INSERTED = {
    "extensions/pieces.yml": {
        "  # A new question goes": SWITCH,
        "  # A new piece goes": DECLARATION,
    },
    "copier.yml": {
        "  # The block of a new piece goes": BLOCK,
        "# A new question goes": QUESTION,
        "    # The module of a new piece goes": WIRING,
    },
    "docs/questions.md": {
        "| `maintained_tests` |": "| `NAME` | no | no | no | no | no |\n",
        "## maintained_tests": SECTION,
        "`maintained_tests` and `skip_mitigations`, one": "`NAME`, ",
    },
}


def write(root: Path, name: str) -> list[str]:
    """Write the skeleton into a repository, and return the paths that changed.

    Raises ValueError for a name that is not one of a module, or is there already.
    """
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise ValueError(f"{name} is not a name of a module: use letters, digits and _")
    made = {
        f"template/app/core/{name}.py": MODULE,
        f"template/tests/maintained/core/test_{name}.py": TEST,
    }
    if any((root / path).exists() for path in made):
        raise ValueError(f"{name} is there already: take another name")
    for path, text in made.items():
        (root / path).write_text(text.replace("NAME", name))
    for path, parts in INSERTED.items():
        text = (root / path).read_text()
        for before, new in parts.items():
            place = text.index(before)
            text = text[:place] + new.replace("NAME", name) + text[place:]
        (root / path).write_text(text)
    return [*made, *INSERTED]


if __name__ == "__main__":
    for changed in write(ROOT, sys.argv[1]):
        print(changed)
    print("Now write what it does: CONTRIBUTING.md, Worked examples, A piece.")
