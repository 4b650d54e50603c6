"""Follows the steps of a page of documentation in a project."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.pages import run_block

STEP = re.compile(
    r"""
    (?:
        ^(?P<where>In|The\ new\ file)\ `(?P<file>[^`]+)`
        (?:,\ (?P<place>[^\n]+))?:\n\n
    )?
    ^```(?P<kind>\w+)\n(?P<code>.*?)^```$
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
LANDING = re.compile(r"^.*(#|\{#) Add (your|the settings).*\n", re.MULTILINE)

# How a page names the marker comments below which owners add lines.
COMMENTS = {
    "with the imports": "# Add your imports below this line.",
    "with the extensions": "# Add your extensions below this line.",
    "with the settings": "# Add your settings below this line.",
    "with the settings for development": "# Add your settings for development below",
}


def follow(project: Path, page: str, **environment: str) -> list[str]:
    """Follow every step of a page, and return what was done.

    Each line of a block of commands is one command of a shell.
    """
    done = []
    for step in STEP.finditer(page):
        if step["kind"] == "sh":
            for command in step["code"].splitlines():
                run_block(project, command, **environment)
                done.append(command)
            continue

        assert step["file"], f"a block without a file:\n{step['code']}"
        path = project / step["file"]
        if step["where"] == "The new file":
            path.parent.mkdir(parents=True, exist_ok=True)
            assert not path.exists(), f"{path} is not new"
            path.write_text(step["code"])
        else:
            path.write_text(changed(path.read_text(), step["place"], step["code"]))
        done.append(step["file"])
    return done


def changed(text: str, place: str, code: str) -> str:
    """Return a file's text with the code of a step at the place that the step names."""
    if place == "at the end":
        landings = list(LANDING.finditer(text))
        end = landings[-1].end() if landings else len(text)
        return text[:end] + ("" if landings else "\n") + code + text[end:]

    wanted = COMMENTS.get(place) or place.split("`")[1]
    lines = text.splitlines(keepends=True)
    (*_, number) = [index for index, line in enumerate(lines) if wanted in line]
    if place.startswith("instead of"):
        lines[number] = code
    elif place.startswith("above"):
        lines.insert(number, code)
    elif place.startswith("below"):
        # The line below it is the one to change.
        lines[number + 1] = code
    else:
        lines.insert(number + 1, code)
    return "".join(lines)
