"""Which files come with which answers, recorded in file_lists.yml for a reviewer.

As a script it writes the record again, by the command below.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import indent

import yaml

from tests.support.facts.answers import Answers
from tests.support.facts.answers import STRUCTURAL
from tests.support.facts.known_issues import MITIGATIONS
from tests.support.rendering import copied_tree
from tests.support.rendering import files
from tests.support.rendering import PRESETS
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT

COMMAND = ".venv/bin/just record"
RECORD = Path(__file__).with_name("file_lists.yml")
HEADING = f"""\
# What a project holds: all files of the preset {PRESETS[0]}, then what one other answer
# adds (+) to these and takes (-) from them. Written by file_lists.py.

"""

# By answer, one line for each file.
Lists = dict[str, list[str]]

PRESET = "preset="


def cases() -> dict[str, Answers]:
    """Return each preset, and each single answer that may change the files of one."""
    found: dict[str, Answers] = {
        f"{PRESET}{name}": {"preset": name} for name in PRESETS
    }
    for question, answers in STRUCTURAL.items():
        found |= {f"{question}={answer}": {question: answer} for answer in answers}
    found["maintained_tests=False"] = {"maintained_tests": False}
    for name in MITIGATIONS:
        found[f"skip_mitigations=[{name}]"] = {"skip_mitigations": [name]}
    return found | {"skip_mitigations=all": {"skip_mitigations": MITIGATIONS}}


def file_lists(render: Renderer, cases: dict[str, Answers]) -> Lists:
    """Render each case, that of the base first, and return what the record holds."""
    rendered = {key: files(render(**answers)) for key, answers in cases.items()}
    base = rendered[f"{PRESET}{PRESETS[0]}"]
    lists = {f"{PRESET}{PRESETS[0]}": sorted(base)}
    for key, content in rendered.items():
        if key in lists or content == base:
            continue  # The base's own answers need no line.
        twin = next((k for k in lists if rendered[k].keys() == content.keys()), None)
        if twin and key.startswith(PRESET):
            lists[key] = [f"the files of {twin}"]
        else:
            lists[key] = changes(set(base), set(content))
    return lists


def changes(base: set[str], other: set[str]) -> list[str]:
    """Return what comes and what goes; files that only read differently do neither."""
    lines = [f"+ {path}" for path in sorted(other - base)]
    return lines + [f"- {path}" for path in sorted(base - other)]


def differences(recorded: Lists, rendered: Lists) -> list[str]:
    """Return each line that one of the two has and the other has not."""
    found = []
    for key in [*rendered, *(key for key in recorded if key not in rendered)]:
        before, now = recorded.get(key, []), rendered.get(key, [])
        found += [f"{key}: new: {line}" for line in now if line not in before]
        found += [f"{key}: gone: {line}" for line in before if line not in now]
    return found


def written(lists: Lists) -> str:
    """Return the record's text: YAML that reads like a list, and diffs like one."""
    blocks = [
        f"{key}: |\n" + indent("\n".join(lines), "  ") + "\n"
        for key, lines in lists.items()
        if lines
    ]
    return HEADING + "\n".join(blocks)


def recorded() -> Lists:
    return {
        key: text.splitlines()
        for key, text in yaml.safe_load(RECORD.read_text()).items()
    }


def record() -> None:
    with tempfile.TemporaryDirectory() as folder:
        template = copied_tree(ROOT, Path(folder) / "template")
        RECORD.write_text(
            written(file_lists(Renderer(template, Path(folder)), cases()))
        )


if __name__ == "__main__":
    record()
