"""What rendering a project costs, and what an update and the checks of it cost."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import copier

from benchmarks.measure import Costs
from benchmarks.measure import in_turns
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.place import Place
from benchmarks.processes import finished
from benchmarks.scale import SHORT
from tests.static.checks import CHECKS
from tests.static.space import complete
from tests.static.space import Space
from tests.support.rendering import files

FIRST, SECOND = "v1.0.0", "v1.1.0"
# What a template for Copier needs, and the one question that `copying` answers.
SETTINGS = """\
_subdirectory: template
_envops: {keep_trailing_newline: true}
preset: {type: str, default: full}
"""
CHANGED = "template/app/core/headers.py"
NAME = "{{cookiecutter.name}}"
GIT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True)
class Renders:
    """Renders and updates of a place, each into a folder that is new."""

    folder: Path
    environment: Mapping[str, str]
    numbers: count[int]

    def cost(self, folder: Path, *command: str) -> float:
        return finished(folder, *command, environment=self.environment).cpu

    def copy(self, repository: Path) -> float:
        """Return the CPU time of rendering a full project, in seconds."""
        return self.cost(self.folder, *copying(repository, self.new()))

    def new(self) -> Path:
        return self.folder / f"rendered-{next(self.numbers)}"

    def update(self, project: Path) -> float:
        """Return the CPU time of updating a copy of a project over one release."""
        copied = shutil.copytree(project, self.new())
        command = ("copier", "update", "--defaults", "--quiet", f"--vcs-ref={SECOND}")
        return self.cost(copied, *command)

    def git(self, folder: Path, *arguments: str) -> None:
        finished(folder, "git", *arguments, environment=self.environment)

    def start(self, folder: Path) -> None:
        """Make a folder a repository with its first release."""
        self.git(folder, "init", "--quiet", "--initial-branch=main")
        self.commit(folder, FIRST)

    def commit(self, folder: Path, tag: str) -> None:
        self.git(folder, "add", "--all")
        self.git(folder, "commit", "--quiet", f"--message={tag}")
        self.git(folder, "tag", tag)

    def pack(self, folder: Path) -> None:
        """Pack a repository, as a clone of what is published is."""
        self.git(folder, "gc", "--quiet")


def copying(repository: Path, target: Path) -> tuple[str, ...]:
    return (
        "copier", "copy", "--defaults", "--quiet", f"--vcs-ref={FIRST}",
        "--data=preset=full", str(repository), str(target),
    )  # fmt: skip


def renders(place: Place) -> Renders:
    folder = place.folder / "renders"
    folder.mkdir(exist_ok=True)
    return Renders(folder, {**place.tools, **GIT}, count(len(list(folder.iterdir()))))


def repository(place: Place, rendering: Renders) -> Path:
    """Return the template as a repository with two releases."""
    folder = place.folder / "repository"
    if not folder.exists():
        shutil.copytree(place.template, folder)
        rendering.start(folder)
        changed = folder / CHANGED
        changed.write_text(f"{changed.read_text()}# A line of the next release.\n")
        rendering.commit(folder, SECOND)
        rendering.pack(folder)
    return folder


def full_project(rendering: Renders, source: Path) -> Path:
    project = rendering.new()
    finished(
        rendering.folder, *copying(source, project), environment=rendering.environment
    )
    return project


def write_template(
    template: Path, project: Path, folder: Path, suffix: str
) -> list[str]:
    """Write a template that gives the files of a rendered project, and only these.

    It renders the files that ours renders, under a name with the suffix. Returns the
    paths of the others, which it copies.
    """
    rendered = {
        path.removesuffix(".jinja")
        for path in files(template / "template")
        if path.endswith(".jinja")
    }
    content = files(project)
    for path, text in content.items():
        file = folder / (path + suffix if path in rendered else path)
        file.parent.mkdir(parents=True, exist_ok=True)
        raw = b"{% raw %}" + text + b"{% endraw %}"
        file.write_bytes(raw if path in rendered else text)
    return [path for path in content if path not in rendered]


def for_cookiecutter(template: Path, project: Path, target: Path) -> Path:
    plain = write_template(template, project, target / NAME, "")
    variables = {"name": "project", "_copy_without_render": plain}
    (target / "cookiecutter.json").write_text(json.dumps(variables))
    return target


def copying_with_one_question(place: Place) -> Ratio:
    """Compare with Copier's own cost: a template of the same files, and no more."""
    rendering = renders(place)
    source = repository(place, rendering)
    project, other = full_project(rendering, source), rendering.new()
    write_template(source, project, other / "template", ".jinja")
    (other / "copier.yml").write_text(SETTINGS)
    rendering.start(other)
    rendering.pack(other)
    if files(full_project(rendering, other)) != files(project):
        raise RuntimeError(f"{other} gives other files than {source}")
    return in_turns(
        lambda: rendering.copy(source),
        lambda: rendering.copy(other),
        place.scale.slow_rounds,
    ).ratio()


def copying_a_project(place: Place) -> Ratio:
    rendering = renders(place)
    source = repository(place, rendering)
    project = full_project(rendering, source)
    other = for_cookiecutter(source, project, rendering.new())

    def cookiecutter() -> float:
        target = rendering.new()
        command = ("cookiecutter", "--no-input", f"--output-dir={target}", str(other))
        cost = rendering.cost(rendering.folder, *command)
        if files(target / "project") != files(project):
            raise RuntimeError(f"{target} has other files than {project}")
        return cost

    return in_turns(
        lambda: rendering.copy(source), cookiecutter, place.scale.slow_rounds
    ).ratio()


def update(place: Place) -> Ratio:
    rendering = renders(place)
    source = repository(place, rendering)
    project = full_project(rendering, source)
    rendering.start(project)
    return in_turns(
        lambda: rendering.update(project),
        lambda: 3 * rendering.copy(source),
        place.scale.slow_rounds,
    ).ratio()


def cpu_of_all() -> float:
    """Return the CPU time of this process and of the tools that it has run."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def checks(place: Place) -> Ratio:
    """Compare the static layer with the stock renders of as many projects.

    The layer runs once. In a short run it looks at one combination.
    """
    rendering = renders(place)
    only = None
    if place.scale is SHORT:
        only = complete(place.template, {"preset": "minimal"})
    before = cpu_of_all()
    space = Space(place.template, only)
    for check in CHECKS:
        list(check(space))
    layer = (cpu_of_all() - before) / len(space)

    stock = []
    for _ in range(place.scale.slow_rounds):
        before = cpu_of_all()
        copier.run_copy(
            str(place.template), rendering.new(), data={"preset": "full"},
            defaults=True, quiet=True,
        )  # fmt: skip
        stock.append(cpu_of_all() - before)
    return Costs([layer] * len(stock), stock).ratio(f"{len(space)} combinations")


MEASURES = (
    Measure(
        "10",
        "`copier copy` of a full project / Cookiecutter, the same files",
        2.2,
        copying_a_project,
    ),
    Measure(
        "10.1",
        "`copier copy` of a full project / Copier, same files, one question",
        1.25,
        copying_with_one_question,
    ),
    Measure(
        "11", "one static combination with its checks / one stock render", 0.1, checks
    ),
    Measure("15", "`copier update` over one release / three renders", 0.8, update),
)
