"""The messages of the template, rendered as Copier renders them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from jinja2 import ChoiceLoader
from jinja2 import DictLoader
from jinja2 import FileSystemLoader
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from jinja2_ansible_filters import AnsibleCoreFiltersExtension

from tests.support.facts.pieces import DECLARED
from tests.support.facts.pieces import QUESTIONS_DECLARED
from tests.support.facts.release_notes import CHANGELOG
from tests.support.facts.release_notes import RELEASES
from tests.support.rendering import ROOT

# What a test puts in the place of files of the template.
FILES: dict[str, str] = {}


@cache
def environment() -> SandboxedEnvironment:
    """Return the environment of the messages, as Copier makes it."""
    return SandboxedEnvironment(
        loader=ChoiceLoader([DictLoader(FILES), FileSystemLoader(ROOT)]),
        extensions=[AnsibleCoreFiltersExtension],
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def printed(message: str, *arguments: object, log: str = CHANGELOG) -> str:
    """Return a message of the template, with the changelog `log`."""
    FILES["CHANGELOG.md"] = log
    return made_by("extensions/messages.jinja", message, *arguments)


def made_by(file: str, macro: str, *arguments: object) -> str:
    """Return what a macro of the template makes of arguments."""
    text: str = getattr(environment().get_template(file).module, macro)(*arguments)
    return text


def of_an_update(old: str, preset: str, path: object) -> str:
    """Return the message after an update of a preset to the newest release."""
    return printed("after_update", path, f"v{old}", answers_of(preset))


def answers_of(preset: str) -> dict[str, object]:
    """Return what a project of a preset has recorded."""
    declared = {
        name: question["presets"].get(preset, question["presets"]["otherwise"])
        for name, question in QUESTIONS_DECLARED.items()
        if "presets" in question
    }
    newest = {"_commit": f"v{RELEASES[-1]}", "_src_path": "gh:OWNER/copier-flask"}
    return {**declared, **newest, "preset": preset}


def with_every_path(folder: Path) -> Path:
    """Write every former path, and the files that tell of each piece."""
    former = yaml.safe_load((ROOT / "extensions/retired.yml").read_text())
    tells = [path for piece in DECLARED["pieces"] for path in piece.get("tells", [])]
    for path in (*former["retired"], *former["moved"], *tells):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


def too_large(text: str) -> list[str]:
    """Return the lines that are wider than a terminal, and the number of too many."""
    lines = text.splitlines()
    wide = [line for line in lines if len(line) > 79]
    return wide + ([f"{len(lines)} lines"] if len(lines) > 40 else [])
