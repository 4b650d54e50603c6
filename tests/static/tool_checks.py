"""Findings of the linters of each kind of file; each distinct file is read once."""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.static.space import Space
from tests.static.trees import File
from tests.static.trees import write
from tests.support.rendering import attempt
from tests.support.rendering import said

SCHEMAS = {
    ".github/dependabot.yml": "dependabot",
    ".github/workflows/": "github-workflows",
    ".gitlab-ci.yml": "gitlab-ci",
    "compose.yaml": "compose-spec",
    "renovate.json": "renovate",
}
# What people type at a prompt of a page, where it would be wrong in a script.
AT_A_PROMPT = (
    "SC2024",  # `sudo program > file`: the file is meant to be one's own.
    "SC2034",  # A list of variables, which a unit reads.
    "SC2164",  # `cd` that fails is seen.
)
FENCE = re.compile(r"(?ms)^( *)```sh\n(.*?)^ *```$")
EXPRESSION = re.compile(r"\$?{{.*?}}")


def linted(space: Space) -> list[str]:
    """Return what `ruff check` and `ruff format --check` find, in one run of each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, sheet in enumerate(sheets(space)):
            for file in sheet:
                write(file, folder / str(number))
        return [
            *complaints(
                folder, "ruff", "check", "--no-cache", "--output-format=concise"
            ),
            *complaints(folder, "ruff", "format", "--no-cache", "--check"),
        ]


def sheets(space: Space) -> Iterator[list[File]]:
    """Lay distinct files into as few projects as hold them, each by its own path.

    The linter reads its rules in the pyproject.toml beside them, so files of projects
    with other rules are laid apart.
    """
    by_rules: dict[str, list[File]] = defaultdict(list)
    for file in space.files:
        if file.path == "pyproject.toml":
            by_rules[rules_of(file)].append(file)

    for projects in by_rules.values():
        variants = {"pyproject.toml": projects}
        for file in space.files:
            if has_python(file) and beside(space, file, projects):
                variants.setdefault(file.path, []).append(file)
        for number in range(max(map(len, variants.values()))):
            sheet = [
                files[number] for files in variants.values() if number < len(files)
            ]
            if number >= len(variants["pyproject.toml"]):
                sheet.append(projects[0])
            yield sheet


def beside(space: Space, file: File, projects: list[File]) -> bool:
    """Return whether some answers bring both a file and one of the projects."""
    return all(
        any(space.comes_with(project, name, values) for project in projects)
        for name, values in space.answers_of[file].items()
    )


def has_python(file: File) -> bool:
    """Tell whether `ruff format` looks into a file: it knows blocks of Markdown too."""
    return file.suffix == ".py" or (file.suffix == ".md" and "```python" in file.text)


def rules_of(pyproject: File) -> str:
    content = tomllib.loads(pyproject.text)
    return json.dumps([content["tool"]["ruff"], content["project"]["requires-python"]])


def complaints(folder: Path, *command: str) -> list[str]:
    """Return the lines of a tool that ends with another status than 0."""
    done = attempt(folder, *command)
    return said(done).strip().splitlines() if done.returncode else []


def checked_together(
    files: Iterable[File], *command: str, named: Callable[[File], str] | None = None
) -> list[str]:
    """Run one command with all files as its last arguments, each in its own folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = []
        for number, file in enumerate(files):
            write(file, folder / str(number))
            paths.append(f"{number}/{named(file) if named else file.path}")
        return complaints(folder, *command, *paths) if paths else []


def schemas(space: Space) -> Iterator[str]:
    for path, schema in SCHEMAS.items():
        files = [file for file in space.files if file.path.startswith(path)]
        option = f"--builtin-schema=vendor.{schema}"
        yield from checked_together(files, "check-jsonschema", option)


def images(space: Space) -> list[str]:
    files = [file for file in space.files if file.path == "Dockerfile"]
    forbidden = [file.path for file in files if "hadolint ignore" in file.text]
    return [
        *checked_together(files, "hadolint", "--no-color"),
        *(f"{path} silences its linter" for path in forbidden),
    ]


def workflows(space: Space) -> list[str]:
    files = [file for file in space.files if file.path.startswith(".github/")]
    return checked_together(
        files, "zizmor", "--offline", "--no-progress", named=lambda file: ".github"
    )


def recipes(space: Space) -> list[str]:
    found = []
    for file in space.files:
        if file.path == "justfile":
            with tempfile.TemporaryDirectory() as folder:
                write(file, Path(folder))
                found += complaints(Path(folder), "just", "--summary")
    return found


def shell(space: Space) -> list[str]:
    """Return what shellcheck finds in scripts, also within pages and workflows."""
    texts = {text: file.path for file in space.files for text in scripts(file)}
    files = [
        File(f"{path.replace('/', '-')}.sh", text.encode())
        for text, path in texts.items()
    ]
    options = ("--shell=bash", "--format=gcc", f"--exclude={','.join(AT_A_PROMPT)}")
    return checked_together(files, "shellcheck", *options)


def scripts(file: File) -> list[str]:
    """Return the scripts that a page, a pipeline or the file of recipes holds."""
    if file.suffix == ".md":
        return [
            re.sub(f"(?m)^{indent}", "", block)
            for indent, block in FENCE.findall(file.text)
        ]
    if file.path == "justfile":
        found = re.findall(r"(?m)^    @?((?:.*\\\n)*.*)$", file.text)
    elif file.path.startswith(".github/workflows/"):
        jobs = yaml.safe_load(file.text)["jobs"].values()
        found = [step.get("run", "") for job in jobs for step in job["steps"]]
    elif file.path == ".gitlab-ci.yml":
        jobs = [job for job in yaml.safe_load(file.text).values() if "script" in job]
        found = ["\n".join(job["script"]) for job in jobs]
    else:
        return []
    return [EXPRESSION.sub("x", script) + "\n" for script in found]
