"""Planting faults in a copy of the template or of a project.

A named check or test must find each. A test that plants one notes it with
`record_property("planted faults", 1)`, and catches it if it passes: the end of a run
says how many were caught.
"""

from __future__ import annotations

import importlib
import pkgutil
import shutil
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from tests.support.editing import edit


class Fault(NamedTuple):
    """Every `old` becomes `new` in a file of the template; a finding has `words`.

    Every one, because the first would be another one when a neighbour comes before it.
    Without `old`, `new` is appended; `*` as `old` removes the file.
    """

    id: str
    file: str
    old: str
    new: str
    words: str


def plant(folder: Path, fault: Fault) -> None:
    file = folder / fault.file
    if fault.old == "*":
        file.unlink()
    elif fault.old:
        edit(file, fault.old, fault.new, times=-1)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as end:
            end.write(fault.new)


def replace(project: Path, name: str, old: str, new: str) -> None:
    """Plant a fault in a project: every `old` in a file becomes `new`."""
    edit(project / name, old, new, times=-1)


def copied_template(template: Path, folder: Path) -> Path:
    """Copy what renders, to plant a fault in."""
    unread = shutil.ignore_patterns("docs", "tests", ".*")
    copy = shutil.copytree(template, folder, ignore=unread)
    shutil.copytree(template / "template", copy / "template", dirs_exist_ok=True)
    return copy


def copied_project(project: Path, folder: Path) -> Path:
    """Copy a project without its environment, to plant a fault in or to change."""
    return shutil.copytree(project, folder, ignore=shutil.ignore_patterns(".venv"))


def modules_in(package: str) -> dict[str, ModuleType]:
    """Return the modules of a package of faults or of changes, by name."""
    found = pkgutil.iter_modules(importlib.import_module(package).__path__)
    names = sorted(module.name for module in found)
    return {name: importlib.import_module(f"{package}.{name}") for name in names}
