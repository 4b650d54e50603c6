"""HTML that html-validate checks, with the versions of html/package-lock.json."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.node import NPM
from tests.support.node import ON_PATH
from tests.support.rendering import run

HTML = Path(__file__).with_name("html")
COMMAND = ("node_modules/.bin/html-validate", "--formatter=json", "*.html")


def install(folder: Path) -> None:
    """Install html-validate in a folder."""
    options = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")
    shutil.copytree(HTML, folder, dirs_exist_ok=True)
    run(folder, *NPM, "ci", *options, **ON_PATH)


def faults(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """Return what is wrong with pages, which are HTML by name."""
    names = list(pages)
    for number, name in enumerate(names):
        (folder / f"{number}.html").write_text(pages[name])
    # Into a file: of a pipe, node writes the first 64 kB and ends.
    report = folder / "report.json"
    with report.open("w") as output:
        status = subprocess.run(
            COMMAND, cwd=folder, stdout=output, env=os.environ | ON_PATH, check=False
        )
    assert status.returncode in {0, 1}
    return [
        f"{names[int(Path(page['filePath']).stem)]}, line {fault['line']}: "
        f"{fault['message']} ({fault['ruleId']})"
        for page in json.loads(report.read_text())
        for fault in page["messages"]
    ]
