"""A project with a line of the owner in each of its files, and rows in its database."""

from __future__ import annotations

from pathlib import Path

from tests.support.rendering import files

# Not the owner's to edit: the record, and what is no text.
LEFT_ALONE = (".copier-answers.yml", "uv.lock", "migrations/versions/", "instance/")
NO_COMMENTS = {".ico", ".json", ".png", ".svg", ".txt"}
FUNCTION = '''

def mine_{number}() -> int:
    """My own."""
    return {number}
'''
COMMENTS = {
    ".css": "/* mine {number} */\n",
    ".html": "{{# mine {number} #}}\n",
    ".js": "// mine {number}\n",
    ".md": "\nMine {number}.\n",
}
OTHERWISE = "# mine {number}\n"
# In files whose lists of lines are within a class or a function.
WITHIN = {
    "config.py": (
        "    # Add your settings below this line.\n",
        "    MINE_{number} = 1\n",
    )
}
# A line that stays, in files whose end is part of a piece: the owner writes above it.
ABOVE = {
    "Dockerfile": "\nWORKDIR ",
    "compose.yaml": "services:\n",
    "docs/copier-flask.md": "\n## Update\n",
    "docs/deploying.md": "\n## Platforms that give PORT\n",
    "gunicorn.conf.py": "\nwsgi_app = ",
}
# A piece has another shape of it: switched off and on again, it conflicts with a line.
OTHER_SHAPES = ("tests/maintained/known_issues/test_gevent_async.py",)


def line_of_the_owner(name: str, number: int) -> str:
    """Return what the owner adds to a file; nothing to one that takes no comment."""
    suffix = Path(name).suffix
    if name in WITHIN:
        return WITHIN[name][1].format(number=number)
    if suffix in NO_COMMENTS or name.startswith((*LEFT_ALONE, *OTHER_SHAPES)):
        return ""
    if suffix == ".py":
        return FUNCTION.format(number=number)
    return COMMENTS.get(suffix, OTHERWISE).format(number=number)


def place(name: str, text: str) -> int:
    """Return where the owner adds to a file: below its last comment, or at its end."""
    if name in WITHIN:
        return text.index(WITHIN[name][0]) + len(WITHIN[name][0])
    if name in ABOVE:
        return text.index(ABOVE[name]) + ABOVE[name].startswith("\n")
    landing = text.rfind("\n# Add your ") + 1
    return text.find("\n", landing) + 1 if landing else len(text)


def live_in(project: Path) -> dict[str, str]:
    """Add a line of the owner to each file, and return what was added to each."""
    edits = {}
    for number, name in enumerate(files(project)):
        added = line_of_the_owner(name, number)
        if added:
            path = project / name
            text = path.read_text()
            at = place(name, text)
            path.write_text(text[:at] + added + text[at:])
            edits[name] = added
    return edits
